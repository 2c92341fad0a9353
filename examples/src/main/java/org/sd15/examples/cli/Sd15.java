package org.sd15.examples.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.util.concurrent.Callable;
import org.sd15.importer.io.FileProblem;
import org.sd15.importer.io.ImportException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code sd15}. Exit codes: 0 done, 1 bad input or failed, 2 wrong usage. */
@Command(
        name = "sd15",
        version = Versions.SD15,
        mixinStandardHelpOptions = true,
        description = "Stable Diffusion 1.5 in the JVM: generate, edit, train, look inside.",
        subcommands = {
            EditCommand.class,
            GenerateCommand.class,
            MasaCtrlCommand.class,
            AttendCommand.class,
            DdsCommand.class,
            HeatmapCommand.class,
            LeditsCommand.class,
            TrainCommand.class,
            RunCommand.class,
            InspectCommand.class,
            BenchCommand.class,
            EvaluateCommand.class,
            ConvertCommand.class,
            DoctorCommand.class
        })
public final class Sd15 implements Callable<Integer> {

    /** Bad input, or something failed. */
    static final int FAILED = 1;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show stack traces.")
    private boolean verbose;

    @Spec
    private CommandSpec spec;

    private Sd15() {
        spec = CommandSpec.create();
    }

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs a command in this process and returns its exit code; may be called any number of times. */
    public static int run(String... arguments) {
        Sd15 root = new Sd15();
        CommandLine line = new CommandLine(root);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((problem, command, parsed) -> {
            report(problem, root.verbose, command.getErr());
            return FAILED;
        });
        PrintStream out = System.out;
        try {
            return line.execute(arguments);
        } finally {
            System.setOut(out); // a dump on the standard output has it to itself
        }
    }

    private static void report(Exception problem, boolean verbose, PrintWriter err) {
        if (verbose) {
            problem.printStackTrace(err);
        }
        boolean expected = problem instanceof IllegalArgumentException
                || problem instanceof IOException
                || problem instanceof UnsupportedOperationException
                || problem instanceof ArithmeticException;
        String message = String.valueOf(problem.getMessage()).strip().replaceAll("\\s*\\R\\s*", "; ");
        if (problem instanceof FileSystemException file) {
            message = FileProblem.describe(file);
        }
        err.println(
                expected || problem instanceof ImportException
                        ? "sd15: " + message
                        : "sd15: %s: %s (run again with --verbose to see where)"
                                .formatted(problem.getClass().getSimpleName(), message));
        err.flush();
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Say what to do, for instance: sd15 edit");
    }
}
