"""Chapter 4, architectures with a gradient: DMPHN by hand, then DARTS, IR-NAS and PyNAS, which search."""
