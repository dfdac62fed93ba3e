"""What coordinators type: the contract, the reading of cells and names, and the blank workbook."""
