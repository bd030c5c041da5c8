"""What is measured, against what. Figures are ratios to a named peer or limit."""
