"""PDF files read back: as text, and as a picture of the first page."""

import io
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed here")


def text_of(pdf: bytes, order: str = "-layout") -> str:
    done = subprocess.run(["pdftotext", order, "-", "-"], input=pdf, capture_output=True, timeout=60, check=True)
    return done.stdout.decode()


def drawn(pdf: bytes) -> np.ndarray:
    """Red, green and blue of each pixel."""
    command = ["pdftoppm", "-r", "50", "-png", "-singlefile", "-"]
    page = subprocess.run(command, input=pdf, capture_output=True, timeout=60, check=True).stdout
    return np.asarray(Image.open(io.BytesIO(page)).convert("RGB")).astype(int)
