"""How far the numbers can be trusted: results compared with truth, labels and joints marked by hand."""
