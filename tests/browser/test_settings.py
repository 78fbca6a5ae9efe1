"""Settings: made, explained before they delete, and refused with a reason."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import documented, kept
from tests.browser.keyed_server import Keyed, write_call
from tests.live import LiveServer
from weft.core.ids import new_id

pytestmark = pytest.mark.browser

PROJECT = "browser/settings"
URL = f"/{PROJECT}/weave/settings"


@pytest.fixture(scope="module")
def project(server: LiveServer) -> str:
    write_call(server.url, "key", PROJECT)
    return PROJECT


def test_a_key_is_shown_once_and_revoked(page: Page, project: str) -> None:
    user = f"ann-{new_id()[-6:]}"
    page.goto(f"{URL}/keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog", name="New key")
    dialog.get_by_label("User").fill(user)
    dialog.get_by_label("What for").fill("nightly evaluation")
    dialog.get_by_label("Role").select_option("annotator")
    dialog.get_by_role("button", name="Make the key").click()
    key = dialog.get_by_test_id("key").inner_text()
    assert len(key) == 40
    dialog.get_by_role("button", name="I have it").click()
    row = page.get_by_role("grid", name="Keys").get_by_role("row").filter(has_text=user)
    expect(row).to_contain_text("annotator")
    expect(row).to_contain_text(project)
    documented(page, "settings")
    kept(page, "settings-keys")
    assert key not in page.content()
    page.goto(f"{URL}/members")
    expect(page.get_by_role("grid", name="Members").get_by_role("row").filter(has_text=user)).to_contain_text(
        "annotator"
    )
    kept(page, "settings-members")
    page.goto(f"{URL}/keys")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog", name="Revoke this key?").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)


def test_what_retention_deletes_is_said_before_it_is_saved(page: Page, client: httpx.Client, project: str) -> None:
    client.post("/project/ttl_settings/update", json={"project_id": project, "retention_days": None}).raise_for_status()
    page.goto(f"{URL}/retention")
    page.get_by_label("Remove after").check()
    page.get_by_label("Days", exact=True).fill("30")
    expect(page.get_by_text("written from now on", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save").first.click()
    dialog = page.get_by_role("dialog", name="Remove after 30 days?")
    expect(dialog.get_by_text("That cannot be taken back.")).to_be_visible()
    kept(page, "settings-retention")
    asked = client.post("/project/ttl_settings/read", json={"project_id": project}).json()
    assert asked == {"retention_days": None}
    dialog.get_by_role("button", name="Delete after this time").click()
    expect(page.get_by_text("Now: 30 days")).to_be_visible()
    assert client.post("/project/ttl_settings/read", json={"project_id": project}).json() == {"retention_days": 30}
    expect(page.get_by_role("heading", name="Changes")).to_be_visible()


def test_a_model_without_a_price_gets_one(page: Page, server: LiveServer, project: str) -> None:
    model = f"own-model-{new_id()[-6:]}"
    # Only what was used lately is asked about.
    page.goto(f"{URL}/prices?new=1&model={model}")
    dialog = page.get_by_role("dialog", name="Add a price")
    expect(dialog.get_by_label("Model")).to_have_value(model)
    dialog.get_by_label("Input").fill("2.5")
    dialog.get_by_label("Output").fill("10")
    dialog.get_by_role("button", name="Add", exact=True).click()
    row = page.get_by_role("grid", name="Prices of this project").get_by_role("row").filter(has_text=model)
    expect(row).to_contain_text("$2.5")
    expect(row).to_contain_text("$10")
    row.get_by_role("button", name=f"Remove the price of {model}").click()
    page.get_by_role("dialog", name=f"Remove the price of {model}?").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    page.get_by_role("searchbox", name="Find a provider or model").fill("openai/gpt-4o-mini")
    published = page.get_by_role("grid", name="Published prices")
    expect(published.get_by_text("gpt-4o-mini", exact=True)).to_be_visible()
    expect(published.get_by_text("$0.15", exact=True).first).to_be_visible()


def test_secrets_are_names_and_hosts(page: Page, project: str) -> None:
    name = f"SCORER_{new_id()[-6:]}"
    page.goto(f"{URL}/secrets")
    page.get_by_role("button", name="Set a secret").click()
    dialog = page.get_by_role("dialog", name="Set a secret")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Value").fill("very secret")
    expect(dialog.get_by_role("button", name="Set", exact=True)).to_be_disabled()
    dialog.get_by_label("Hosts it may be sent to").fill("scorer.example.com")
    dialog.get_by_role("button", name="Set", exact=True).click()
    row = page.get_by_role("grid", name="Secrets").get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("scorer.example.com")
    assert "very secret" not in page.content()
    row.get_by_role("button", name=f"Delete {name}").click()
    page.get_by_role("dialog", name=f"Delete {name}?").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_the_server_says_how_it_is(page: Page, project: str) -> None:
    page.goto(f"{URL}/about")
    expect(page.get_by_text("all answer")).to_be_visible()
    expect(page.get_by_text("It takes tasks and scores them.")).to_be_visible()
    expect(page.get_by_role("heading", name="What this project takes")).to_be_visible()


def test_what_a_viewer_may_not_is_explained(page: Page, keyed: Keyed) -> None:
    page.goto(f"{keyed.url}/authorize")
    page.get_by_label("API key").fill(keyed.viewer)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="team / app", exact=True)).to_be_visible()
    said = {
        "keys": "Keys are managed by administrators of the whole server",
        "members": "only administrators of the server see",
        "retention": "Only administrators of the project change it; your role here is viewer.",
        "prices": "Members of the project set and remove prices; your role here is viewer.",
        "secrets": "Members of the project see which secrets there are",
    }
    for section, sentence in said.items():
        page.goto(f"{keyed.url}/team/app/weave/settings/{section}")
        expect(page.get_by_text(sentence)).to_be_visible()
    page.goto(f"{keyed.url}/team/app/weave/settings/retention")
    expect(page.get_by_label("For ever")).to_be_disabled()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
