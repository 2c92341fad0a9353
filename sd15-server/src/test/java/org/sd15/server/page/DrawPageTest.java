package org.sd15.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Drawing, the queue and the history, as a user has them. */
@ExtendWith(OnePage.class)
class DrawPageTest {

    private static final String DRAWN = "document.querySelector('#draw-pictures img[src*=\"/files/\"]')";

    private BrowserTab tab;

    @BeforeEach
    void open(PageServer page) throws Exception {
        tab = page.tab(1280, 900);
        tab.set("[data-field=steps]", "5");
    }

    @AfterEach
    void nothingWentWrong() {
        assertThat(tab.complaints()).isEmpty();
        tab.close();
    }

    private JsonNode job() {
        return tab.value("fetch('/api/jobs?limit=1').then((a) => a.json()).then((a) => a.jobs[0])");
    }

    @Test
    void aPictureGrowsAndComesIntoTheHistory() throws Exception {
        tab.run(
                "window.previews = new Set(); new MutationObserver((all) => all.map((one) => one.target.src ?? '')"
                        + ".filter((src) => src.startsWith('data:')).forEach((src) => window.previews.add(src)))"
                        + ".observe(document.getElementById('draw-pictures'), {subtree: true, attributes: true, attributeFilter: ['src']})");
        tab.click("#draw-go");
        tab.await(DRAWN);
        assertThat(tab.value("window.previews.size").asInt()).isBetween(1, 6); // pndm evaluates one step twice
        tab.await("document.querySelector('#history img')");
        JsonNode request = job().get("request");
        assertThat(request.get("steps").asInt()).isEqualTo(5);
        assertThat(tab.value("document.querySelector('figcaption .seed').textContent")
                        .asText())
                .isEqualTo("seed " + request.get("seed").asText());
        assertThat(tab.value("document.querySelector('#draw-listing code').textContent")
                        .asText())
                .startsWith("sd15 generate --prompt");
    }

    @Test
    void severalPicturesComeTogether() throws Exception {
        tab.set("[data-field=count]", "3");
        tab.click("#draw-go");
        tab.await("document.querySelectorAll('#draw-pictures img[src*=\"/files/\"]').length === 3");
    }

    @Test
    void aRunningPictureIsCancelled() throws Exception {
        tab.set("[data-field=steps]", "100");
        tab.click("#draw-go");
        tab.await("document.querySelector('#draw-progress progress').value > 1");
        tab.click("#draw-progress .cancel");
        tab.await("document.querySelector('#draw-progress .said').textContent === 'Cancelled.'");
        assertThat(job().get("state").asText()).isEqualTo("cancelled");
    }

    @Test
    void whatTheServerRefusesIsSaidAtItsField() throws Exception {
        tab.set("[data-field=width]", "63");
        tab.click("#draw-go");
        tab.await("document.querySelector('[data-field=width]').getAttribute('aria-invalid') === 'true'"
                + " || document.querySelector('#draw-progress .wrong')");
        tab.run("void 0");
        tab.complaints().clear(); // the browser logs a 422 as well
    }

    @Test
    void aReloadKeepsAll() throws Exception {
        tab.write("[data-field=prompt]", "a small green circle on a white background");
        tab.set("[data-field=seed]", "77");
        tab.click("#draw-go");
        tab.await(DRAWN);
        String shown = tab.value(DRAWN + ".src").asText();
        tab.reload();
        tab.await(DRAWN);
        assertThat(tab.value(DRAWN + ".src").asText()).isEqualTo(shown);
        assertThat(field("prompt")).isEqualTo("a small green circle on a white background");
        assertThat(field("steps")).isEqualTo("5");
        assertThat(tab.value("document.querySelector('#history img') !== null").asBoolean())
                .isTrue();
    }

    private String field(String name) {
        return tab.value("document.querySelector('#draw [data-field=%s]').value".formatted(name))
                .asText();
    }

    @Test
    void aDroppedPictureFillsTheForm() throws Exception {
        tab.set("[data-field=seed]", "123");
        tab.set("[data-field=guidance]", "4");
        tab.set("[data-field=scheduler]", "euler");
        tab.write("[data-field=prompt]", "a large yellow square on a black background");
        tab.click("#draw-go");
        tab.await(DRAWN);
        String address = tab.value(DRAWN + ".src").asText();
        tab.set("[data-field=guidance]", "9");
        tab.set("[data-field=steps]", "50");
        tab.set("[data-field=scheduler]", "");
        tab.write("[data-field=prompt]", "something else");
        tab.value("""
                fetch(%s).then((a) => a.blob()).then((blob) => {
                  const transfer = new DataTransfer();
                  transfer.items.add(new File([blob], 'picture.png', {type: 'image/png'}));
                  document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
                })""".formatted(BrowserTab.quoted(address)));
        tab.await("document.getElementById('draw-note').textContent.startsWith('Filled in')");
        assertThat(field("prompt")).isEqualTo("a large yellow square on a black background");
        assertThat(field("seed")).isEqualTo("123");
        assertThat(field("steps")).isEqualTo("5");
        assertThat(field("guidance")).isEqualTo("4");
        assertThat(field("scheduler")).isEqualTo("euler");
    }

    @Test
    void twoTabsSeeOneQueue(PageServer page) throws Exception {
        try (BrowserTab other = page.tab(800, 700)) {
            tab.set("[data-field=steps]", "100");
            tab.click("#draw-go");
            other.await("document.querySelector('#queue-list li')");
            String id = job().get("id").asText();
            assertThat(other.value("document.querySelector('#queue-list li').dataset.job")
                            .asText())
                    .isEqualTo(id);
            other.click("#queue summary");
            other.click("#queue-list button");
            tab.await("document.querySelector('#draw-progress .said').textContent === 'Cancelled.'");
            other.await("!document.querySelector('#queue-list li')");
            assertThat(other.complaints()).isEmpty();
        }
    }
}
