package org.sd15.server.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;

/** A tab: looks at a page, and points, clicks, drags and types in it as a user does. */
final class BrowserTab implements AutoCloseable {

    private static final long SECONDS = 60;

    private final DevTools tools;

    BrowserTab(DevTools tools) {
        this.tools = tools;
        for (String domain : List.of("Runtime", "Page", "Log", "Accessibility")) {
            tools.ask(domain + ".enable", parameters());
        }
    }

    private static ObjectNode parameters() {
        return DevTools.JSON.createObjectNode();
    }

    void resize(int width, int height) {
        tools.ask(
                "Emulation.setDeviceMetricsOverride",
                parameters()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", false));
    }

    /** Whether the user likes it dark. */
    void dark(boolean dark) {
        ObjectNode media = parameters();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light");
        tools.ask("Emulation.setEmulatedMedia", media);
    }

    /** Opens an address, and waits until the page has what it wants of the server. */
    void go(String address) throws InterruptedException {
        tools.ask("Page.navigate", parameters().put("url", address));
        await("document.documentElement?.dataset.ready === 'true'");
    }

    void reload() throws InterruptedException {
        run("delete document.documentElement.dataset.ready");
        tools.ask("Page.reload", parameters());
        await("document.documentElement?.dataset.ready === 'true'");
    }

    /** The value of an expression. */
    JsonNode value(String expression) {
        JsonNode answer = tools.ask(
                "Runtime.evaluate",
                parameters()
                        .put("expression", expression)
                        .put("awaitPromise", true)
                        .put("returnByValue", true));
        if (answer.has("exceptionDetails")) {
            throw new IllegalStateException("%s: %s".formatted(expression, answer.get("exceptionDetails")));
        }
        return answer.at("/result/value");
    }

    void run(String statements) {
        value("(() => {" + statements + "})()");
    }

    /** Waits until an expression is true. */
    void await(String expression) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!value("Boolean(" + expression + ")").asBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("%s; never came true: %s; seen: %s"
                        .formatted(tools.complaints(), expression, value("document.body.innerText.slice(0, 2000)")));
            }
            Thread.sleep(30);
        }
    }

    /** The box of an element on the screen: left, top, width, height. */
    private double[] box(String selector) {
        JsonNode box = value("""
                (() => { const e = document.querySelector(%s); e.scrollIntoView({block: 'center', behavior: 'instant'});
                const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()""".formatted(quoted(selector)));
        return new double[] {
            box.get(0).asDouble(),
            box.get(1).asDouble(),
            box.get(2).asDouble(),
            box.get(3).asDouble()
        };
    }

    static String quoted(String text) {
        return DevTools.JSON.getNodeFactory().textNode(text).toString();
    }

    private void mouse(String type, double x, double y, int buttons) {
        tools.ask(
                "Input.dispatchMouseEvent",
                parameters()
                        .put("type", type)
                        .put("x", x)
                        .put("y", y)
                        .put("button", buttons == 0 && type.equals("mouseMoved") ? "none" : "left")
                        .put("buttons", buttons)
                        .put("clickCount", 1));
    }

    /** Points at the middle of an element. */
    void point(String selector) {
        double[] box = box(selector);
        mouse("mouseMoved", box[0] + box[2] / 2, box[1] + box[3] / 2, 0);
    }

    /** Points at nothing. */
    void pointAway() {
        mouse("mouseMoved", 1, 1, 0);
    }

    void click(String selector) {
        drag(selector, 0.5, 0.5, 0.5, 0.5);
    }

    /** Drags from one place of an element to another, in shares of its width and height. */
    void drag(String selector, double fromX, double fromY, double toX, double toY) {
        double[] box = box(selector);
        double x = box[0] + fromX * box[2];
        double y = box[1] + fromY * box[3];
        mouse("mouseMoved", x, y, 0);
        mouse("mousePressed", x, y, 1);
        boolean moves = fromX != toX || fromY != toY;
        int pieces = moves ? 8 : 0;
        for (int i = 1; i <= pieces; i++) {
            mouse("mouseMoved", x + i * (toX - fromX) * box[2] / pieces, y + i * (toY - fromY) * box[3] / pieces, 1);
        }
        mouse("mouseReleased", x + (toX - fromX) * box[2], y + (toY - fromY) * box[3], 0);
    }

    /** Writes a text in place of that of a field. */
    void write(String selector, String text) {
        click(selector);
        run("document.querySelector(%s).select()".formatted(quoted(selector)));
        tools.ask("Input.insertText", parameters().put("text", text));
    }

    /** Presses a key, by its name and its number. */
    void key(String name, int code) {
        ObjectNode down = parameters().put("type", "keyDown").put("key", name).put("code", name);
        down.put("windowsVirtualKeyCode", code);
        if (name.equals("Enter")) {
            down.put("text", "\r"); // without it no button is pressed
        }
        tools.ask("Input.dispatchKeyEvent", down);
        tools.ask("Input.dispatchKeyEvent", down.deepCopy().put("type", "keyUp").without("text"));
    }

    /** Sets an input that is not written in: a slider, a choice. */
    void set(String selector, String value) {
        run(
                "const e = document.querySelector(%s); e.value = %s; for (const n of ['input', 'change']) e.dispatchEvent(new Event(n, {bubbles: true}))"
                        .formatted(quoted(selector), quoted(value)));
    }

    /** What is seen of an element, without moving the page: what is pointed at stays so. */
    BufferedImage picture(String selector) throws IOException {
        JsonNode box = value(
                "(() => { const b = document.querySelector(%s).getBoundingClientRect();".formatted(quoted(selector))
                        + " return {x: b.left + scrollX, y: b.top + scrollY, width: b.width, height: b.height, scale: 1}; })()");
        ObjectNode asked = parameters();
        asked.set("clip", box);
        String data = tools.ask("Page.captureScreenshot", asked).get("data").asText();
        return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(data)));
    }

    /** The browser's own tree of what a screen reader is told. */
    JsonNode accessibility() {
        return tools.ask("Accessibility.getFullAXTree", parameters()).get("nodes");
    }

    List<String> complaints() {
        return tools.complaints();
    }

    @Override
    public void close() {
        tools.ask("Page.close", parameters());
        tools.close();
    }
}
