"""The frame, the door and the parts that every page is made of. Streamlit is imported here and in pages only."""
