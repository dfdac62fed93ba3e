"""Where a workbook comes from: Google Sheets, an Excel file, the built-in sample."""
