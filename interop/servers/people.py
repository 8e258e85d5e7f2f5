"""Whom the foreign servers know, and what they answer: two sessions at most, whoever asks."""

NAMES = ["Alice Adams", "Žofie Ångström", "山田 太郎", "ليلى الحداد", "Walter Weiße\u0301"]
FIRST_ID = 0x10

DISPLAY_NAME, ACCOUNT = 0x3001001F, 0x3A00001F
SUCCESS, UNBOUND, LOGON_FAILED, NOT_FOUND = 0, 1, 0x80040111, 0x8004010F
UNRESOLVED, RESOLVED = 0, 2
CONTEXT_MISMATCH = 0x1C00001A
GUID = bytes(range(16))
CAP = 2

sessions = set()


def text(tag, number):
    """A column of somebody's row."""
    return NAMES[number] if tag == DISPLAY_NAME else f"person{number}"


def new_session():
    """The UUID of its handle, or nothing over the cap."""
    if len(sessions) >= CAP:
        return None
    handle = next(bytes([number]) * 16 for number in range(1, CAP + 1) if bytes([number]) * 16 not in sessions)
    sessions.add(handle)
    return handle


def found(name):
    """The number of the one whose name begins so."""
    return next((number for number, person in enumerate(NAMES) if person.startswith(name)), None)
