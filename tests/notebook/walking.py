"""What a person does in JupyterLab, for tests that walk through a runbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["behind", "run_all"]


def run_all(page: Page, form: str = "Which server?") -> None:
    """Run all cells from the menu, and wait for the form, which asks `form`."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.get_by_label(form).wait_for()


def behind(page: Page) -> None:
    """Open every folded heading."""
    hidden = page.get_by_role("button", name="hidden")
    while hidden.count():
        hidden.last.click()
