"""An answer of three values as bytes: 0 false or refused, 1 true or granted, 2 unknown or undetermined."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

FALSE, TRUE, UNKNOWN = 0, 1, 2


def from_arrow(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """A nullable boolean Arrow column as one byte for each row."""
    coded = pc.fill_null(pc.cast(column, pa.uint8()), UNKNOWN)
    return coded.to_numpy(zero_copy_only=False).astype(np.uint8) if isinstance(coded, pa.Array) else coded.to_numpy()
