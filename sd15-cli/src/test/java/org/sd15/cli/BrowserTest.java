package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BrowserTest {

    @Test
    void eachSystemHasItsProgram() {
        assertThat(Browser.command("Linux", "file:///a.html")).containsExactly("xdg-open", "file:///a.html");
        assertThat(Browser.command("Mac OS X", "file:///a.html")).containsExactly("open", "file:///a.html");
        assertThat(Browser.command("Windows 11", "file:///a.html"))
                .containsExactly("rundll32", "url.dll,FileProtocolHandler", "file:///a.html");
    }
}
