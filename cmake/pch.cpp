// Carries the precompiled headers; has no code.
