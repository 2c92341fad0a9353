package org.sd15.cli;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.LaunchingConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequestManager;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A command in a process of its own that is shot (SIGKILL): after some time, or at a certain place of the writing of
 * its files, where it is stopped by a debugger first. No luck is needed to meet it there, and nothing in the program
 * knows of it.
 *
 * @param arguments of the command
 * @param log what it says
 */
record ShotCommand(List<String> arguments, Path log) {

    private static final long PATIENCE_SECONDS = 300;

    /**
     * Where files are written: before the first byte, before what was written is made durable, before a file gets its name,
     * before a folder does, before files that change as one are moved.
     */
    private static final Map<String, List<String>> PLACES = Map.of(
            "org.sd15.importer.io.Aside", List.of("channel"),
            "org.sd15.importer.io.FileMode", List.of("applyTo"),
            "org.sd15.pipeline.model.Staging", List.of("moveTo"),
            "org.sd15.importer.io.UpdateJournal", List.of("carryOut"));

    /** Shoots it after a while; false if it ended before. */
    boolean after(long millis) throws Exception {
        Process process = new ProcessBuilder(
                        Stream.concat(java(), arguments.stream()).collect(Collectors.toList()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(millis, TimeUnit.MILLISECONDS);
        process.destroyForcibly().waitFor();
        requireNoFailure(ended, process);
        return !ended;
    }

    /** Shoots it when it comes to such a place for the nth time; false if it ended before. */
    boolean atPlace(int number) throws Exception {
        VirtualMachine machine = launch();
        Process process = machine.process();
        Thread output = drain(process.getInputStream(), log);
        Thread errors = drain(process.getErrorStream(), log.resolveSibling(log.getFileName() + ".err"));
        boolean shot = false;
        try {
            EventRequestManager requests = machine.eventRequestManager();
            PLACES.keySet().forEach(name -> {
                ClassPrepareRequest request = requests.createClassPrepareRequest();
                request.addClassFilter(name);
                request.enable();
            });
            shot = reaches(machine, number);
        } catch (VMDisconnectedException ended) {
            shot = false;
        } finally {
            if (shot) {
                process.destroyForcibly();
            }
            process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            output.join();
            errors.join();
        }
        requireNoFailure(!shot, process);
        return shot;
    }

    /** Lets it run from place to place; true when it stands at the last one. */
    private static boolean reaches(VirtualMachine machine, int number) throws Exception {
        int reached = 0;
        while (true) {
            EventSet events = machine.eventQueue().remove(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            if (events == null) {
                throw new AssertionError("nothing happens any more");
            }
            for (Event event : events) {
                if (event instanceof ClassPrepareEvent prepared) {
                    stopAt(machine, prepared.referenceType());
                } else if (event instanceof BreakpointEvent && ++reached == number) {
                    return true;
                } else if (event instanceof VMDisconnectEvent) {
                    return false;
                }
            }
            events.resume();
        }
    }

    private static void stopAt(VirtualMachine machine, ReferenceType type) {
        PLACES.getOrDefault(type.name(), List.of()).stream()
                .flatMap(name -> type.methodsByName(name).stream())
                .forEach(method -> machine.eventRequestManager()
                        .createBreakpointRequest(method.location())
                        .enable());
    }

    private VirtualMachine launch() throws Exception {
        LaunchingConnector connector = Bootstrap.virtualMachineManager().defaultConnector();
        Map<String, Connector.Argument> settings = connector.defaultArguments();
        List<String> command = java().toList();
        set(settings, "home", System.getProperty("java.home"));
        set(settings, "options", quoted(command.subList(1, command.size() - 1)));
        set(settings, "main", Sd15.class.getName() + " " + quoted(arguments));
        return connector.launch(settings);
    }

    private static void set(Map<String, Connector.Argument> settings, String name, String value) {
        settings.get(name).setValue(value);
    }

    private static String quoted(List<String> words) {
        return words.stream().map(word -> '"' + word + '"').collect(Collectors.joining(" "));
    }

    /** The command line up to the main class: as this JVM was started, without what watches it. */
    static Stream<String> java() {
        List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-javaagent"))
                .toList();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.of(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin", "java")
                                .toString()),
                        options.stream(),
                        Stream.of("-XX:TieredStopAtLevel=1", "-cp", classPath, Sd15.class.getName()))
                .flatMap(words -> words);
    }

    private static Thread drain(InputStream from, Path to) {
        Thread thread = new Thread(() -> {
            try (from) {
                Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException closed) {
                return;
            }
        });
        thread.start();
        return thread;
    }

    private void requireNoFailure(boolean ended, Process process) throws IOException {
        if (ended && process.exitValue() != 0) {
            Path errors = log.resolveSibling(log.getFileName() + ".err");
            throw new AssertionError("%s failed: %s%s"
                    .formatted(arguments, Files.readString(log), Files.exists(errors) ? Files.readString(errors) : ""));
        }
    }
}
