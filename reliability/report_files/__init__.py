"""A finalised report as files, and the script that computes its figures again."""
