package org.sd15.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Widths, contrast, names for screen readers, and the keyboard, by the browser's own measures. */
@ExtendWith(OnePage.class)
class PageLooksTest {

    private static final Set<String> CONTROLS = Set.of(
            "button", "textbox", "slider", "combobox", "checkbox", "tab", "spinbutton", "link", "image", "progressbar");

    /** WCAG's contrast of each text that is seen with what lies behind it, where it is less than it has to be. */
    private static final String FAINT_TEXTS = """
            (() => {
              const parse = (text) => { const p = text.match(/[\\d.]+/g).map(Number); return {rgb: p.slice(0, 3), a: p[3] ?? 1}; };
              const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
              const ground = (e) => { for (let at = e; at; at = at.parentElement) {
                const c = parse(getComputedStyle(at).backgroundColor); if (c.a === 1) return c.rgb; } return [255, 255, 255]; };
              const bad = [];
              for (const e of document.querySelectorAll('body *')) {
                const own = e.matches('input, textarea, select') || [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
                if (!own || !e.checkVisibility() || e.closest('[hidden], :disabled, .compare, svg, noscript')) continue;
                const s = getComputedStyle(e);
                const [a, b] = [light(parse(s.color).rgb), light(ground(e))].sort((x, y) => y - x);
                const ratio = (a + 0.05) / (b + 0.05);
                if (ratio < 4.5) bad.push(`${e.tagName}.${e.className} ${e.textContent.slice(0, 20)}: ${ratio.toFixed(2)}`);
              }
              return bad;
            })()""";

    @ParameterizedTest
    @CsvSource({"380, false", "380, true", "1600, false", "1600, true"})
    void nothingIsFaintOrInTheWayOrScrollsSideways(int width, boolean dark, PageServer page) throws Exception {
        Axe axe = Axe.load();
        try (BrowserTab tab = page.tab(width, 900)) {
            tab.dark(dark);
            for (String view : new String[] {"draw", "edit"}) {
                tab.click("#tab-" + view);
                tab.pointAway();
                assertThat(tab.value("document.documentElement.scrollWidth").asInt())
                        .isLessThanOrEqualTo(width);
                assertThat(tab.value(FAINT_TEXTS)).isEmpty();
                assertThat(axe.violations(tab)).isEmpty();
            }
            assertThat(tab.complaints()).isEmpty();
        }
    }

    @Test
    void everyControlHasAName(PageServer page) throws Exception {
        Axe axe = Axe.load();
        try (BrowserTab tab = page.tab(1280, 900)) {
            for (String method :
                    new String[] {"", "edit", "ledits", "masactrl", "dds", "attend", "inpaint", "heatmap"}) {
                if (!method.isEmpty()) {
                    tab.click("#tab-edit");
                    tab.set("#edit-method", method);
                }
                int seen = 0;
                for (JsonNode node : tab.accessibility()) {
                    if (!node.path("ignored").asBoolean()
                            && CONTROLS.contains(node.at("/role/value").asText())) {
                        seen++;
                        assertThat(node.at("/name/value").asText())
                                .as("%s: %s", method, node)
                                .isNotBlank();
                    }
                }
                assertThat(seen).isGreaterThan(10);
                assertThat(axe.violations(tab)).as(method).isEmpty();
            }
        }
    }

    @Test
    void idsAreThereOnceAndReferencesLead(PageServer page) throws Exception {
        try (BrowserTab tab = page.tab(1280, 900)) {
            assertThat(tab.value("[...document.querySelectorAll('[id]')].map((e) => e.id)"
                            + ".filter((id, i, all) => all.indexOf(id) !== i)"))
                    .isEmpty();
            assertThat(tab.value("[...document.querySelectorAll('[aria-describedby], [aria-controls], label[for]')]"
                            + ".flatMap((e) => [e.getAttribute('aria-describedby'), e.getAttribute('aria-controls'),"
                            + " e.getAttribute('for')]).filter((id) => id && !document.getElementById(id))"))
                    .isEmpty();
        }
    }

    @Test
    void theKeyboardAloneDrawsAndChangesTheView(PageServer page) throws Exception {
        try (BrowserTab tab = page.tab(1280, 900)) {
            tab.run("document.getElementById('tab-draw').focus()");
            tab.key("ArrowRight", 39);
            assertThat(tab.value("document.activeElement.id").asText()).isEqualTo("tab-edit");
            assertThat(tab.value("document.getElementById('edit').hidden").asBoolean())
                    .isFalse();
            tab.key("ArrowLeft", 37);
            tab.set("[data-field=steps]", "3");
            tab.run("document.getElementById('draw-go').focus()");
            tab.key("Enter", 13);
            tab.await("document.querySelector('#draw-pictures img[src*=\"/files/\"]')");
        }
    }
}
