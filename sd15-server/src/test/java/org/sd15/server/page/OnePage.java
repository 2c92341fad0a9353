package org.sd15.server.page;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One server and one browser for the tests of all classes, started by the first. */
final class OnePage implements BeforeAllCallback, ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(OnePage.class);

    /** What is started, and the folder that it has. */
    private record Started(PageServer page, Path folder) implements AutoCloseable {

        static Started now() throws IOException, InterruptedException {
            Path folder = Files.createTempDirectory("sd15-page-");
            return new Started(PageServer.start(folder), folder);
        }

        @Override
        public void close() throws IOException, InterruptedException {
            page.close();
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        }
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(ExtensionContext.StoreScope.LAUNCHER_SESSION, NAMESPACE);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        ExtensionContext.Store store = store(context);
        if (store.get(Started.class) == null) {
            store.put(Started.class, Started.now());
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == PageServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return store(context).get(Started.class, Started.class).page();
    }
}
