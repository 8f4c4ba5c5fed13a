//! What the user wants: configuration, suppressions, baseline.
