"""What this EHR is able to do: one server may, another may not, and its statement says which."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offers:
    """What may be switched off, or on, for tests of what a lesser or stricter EHR needs."""

    update_create: bool = True  # PUT at an id that was never used; else 405
    conditional_create: bool = True  # POST with If-None-Exist; else 400
    conditional_update: bool = True  # PUT Type?search; else 405
    transaction: bool = True  # POST of a transaction at the base; else 405
    checks_references: bool = False  # what is referred to must stand here, and stay; else 400, 409
