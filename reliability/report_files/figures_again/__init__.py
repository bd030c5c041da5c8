"""A report's figures computed again from its ratings, with nothing of Concord.

Delivered with every report and started by its recompute.py. Alpha comes from the package
krippendorff, kappa from statsmodels; what they don't offer, and all intervals, are formulas
written out here. Needs Python 3.10, numpy, scipy, krippendorff and statsmodels.
"""
