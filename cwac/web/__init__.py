"""The web interface: everything that uses Streamlit or Starlette, except the page scripts."""
