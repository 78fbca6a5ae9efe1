"""What axe finds wrong with a page, told so that a person can mend it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent.parent.parent / "ui" / "node_modules" / "axe-core" / "axe.min.js"
_SETTLED = """async () => {
  const ends = document.getAnimations().filter((one) => one.effect.getComputedTiming().iterations !== Infinity);
  await Promise.allSettled(ends.map((one) => one.finished));
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}"""
_RUN = """async () => {
  const found = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] });
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .flatMap((one) =>
      one.nodes.slice(0, 3).map((node) => `${one.id}: ${node.html.slice(0, 200)} (${node.failureSummary})`));
}"""


def problems(page: Page) -> list[str]:
    """The serious and critical faults of the page as it is now, in light and in dark."""
    found: list[str] = []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(_SETTLED)
        found += [f"{scheme}: {problem}" for problem in page.evaluate(_RUN)]
    return found
