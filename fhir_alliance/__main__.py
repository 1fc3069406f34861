"""``python -m fhir_alliance`` is the command ``fhir-alliance``."""

from fhir_alliance.cli.main import main

if __name__ == "__main__":
    main()
