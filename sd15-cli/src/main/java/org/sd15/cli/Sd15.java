package org.sd15.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sd15.attention.cuda.CudaBackend;
import org.sd15.importer.names.NearestName;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command {@code sd15}. Exit codes: 0 done, 1 bad input or failed, 2 wrong usage. */
@Command(
        name = "sd15",
        footer = {"sd15 edit", "sd15 generate --model stable-diffusion-v1-5 --prompt \"a cat\" --output cat.png"},
        version = Versions.SD15,
        mixinStandardHelpOptions = true,
        description = "Stable Diffusion 1.5 in the JVM: generate, edit, train, look inside.")
public final class Sd15 implements Callable<Integer> {

    private static final List<Class<?>> COMMANDS = List.of(
            EditCommand.class,
            GenerateCommand.class,
            GridCommand.class,
            MasaCtrlCommand.class,
            AttendCommand.class,
            DdsCommand.class,
            HeatmapCommand.class,
            LeditsCommand.class,
            Pix2PixZeroCommand.class,
            InstructCommand.class,
            TrainCommand.class,
            RunCommand.class,
            InspectCommand.class,
            BenchCommand.class,
            EvaluateCommand.class,
            ConvertCommand.class,
            TokenizerCommand.class,
            DoctorCommand.class,
            ServeCommand.class);

    /** Bad input, or something failed. */
    private static final int FAILED = 1;

    /** What was typed makes no sense. */
    private static final int WRONG_USAGE = 2;

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
        Optional<String> garbled = GarbledArguments.problem(arguments);
        if (garbled.isPresent()) {
            Console.note("%s", garbled.get());
            return WRONG_USAGE;
        }
        PrintStream results = Console.output();
        try {
            CommandLine line = commandLine(arguments);
            String[] ours = FieldWords.translated(line.getCommandSpec(), arguments);
            return line.execute(CommandParameters.expanded(line.getCommandSpec(), ours));
        } catch (IOException | IllegalArgumentException problem) { // of the picture that says how it was made
            Console.note("%s", String.valueOf(problem.getMessage()));
            return FAILED;
        } finally {
            Console.restore(results);
        }
    }

    /**
     * The command with all that belongs to it.
     *
     * @param arguments if the first is the name of a command, the others are not made: all of them take a tenth of a second
     */
    static CommandLine commandLine(String... arguments) {
        Sd15 root = new Sd15();
        CommandLine line = new CommandLine(root);
        List<Class<?>> named = COMMANDS.stream()
                .filter(command -> arguments.length > 0
                        && command.getAnnotation(Command.class).name().equals(arguments[0]))
                .toList();
        (named.isEmpty() ? COMMANDS : named).forEach(line::addSubcommand);
        Inapplicable.hide(line);
        HelpGroups.apply(line);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionStrategy(Sd15::execute);
        line.setParameterExceptionHandler((problem, typed) -> refuse(problem));
        line.setExecutionExceptionHandler((problem, command, parsed) -> {
            Throwable cause =
                    problem instanceof ExecutionException && problem.getCause() != null ? problem.getCause() : problem;
            return fail(cause, parsed, root.verbose);
        });
        return line;
    }

    /** Checks and runs; picocli itself reports exceptions only, so an error goes to it in one. */
    private static int execute(ParseResult parsed) {
        CommandLine line = parsed.commandSpec().commandLine();
        try {
            boolean asksForHelp = OptionChecks.chain(parsed).stream()
                    .anyMatch(part -> part.isUsageHelpRequested() || part.isVersionHelpRequested());
            if (!asksForHelp) {
                Inapplicable.told(parsed).forEach(message -> Console.note("%s", message));
                OptionChecks.require(parsed);
                if (!(OptionChecks.command(parsed) instanceof DoctorCommand)) { // which looks itself, and says more
                    CudaBackend.requireUsable();
                }
            }
            return new RunLast().execute(parsed);
        } catch (IllegalArgumentException | UnsupportedOperationException | Error problem) {
            throw new ExecutionException(line, String.valueOf(problem.getMessage()), problem);
        }
    }

    private static int fail(Throwable problem, ParseResult parsed, boolean verbose) {
        if (verbose) {
            StringWriter trace = new StringWriter();
            problem.printStackTrace(new PrintWriter(trace, true));
            Console.details(trace.toString());
        }
        Console.note("%s", new Failure(problem, Task.of(parsed)).message());
        return FAILED;
    }

    /** One line: what is wrong, and where the rest is. */
    private static int refuse(ParameterException problem) {
        Optional<String> word = UnknownWord.problem(problem);
        if (word.isPresent()) {
            Console.note("%s", word.get());
            return FAILED;
        }
        CommandSpec command = problem.getCommandLine().getCommandSpec();
        if (problem instanceof UnmatchedArgumentException unmatched
                && unmatched.getUnmatched().get(0).startsWith("-")) {
            Console.note(
                    "%s", FieldWords.unknown(command, unmatched.getUnmatched().get(0)));
            return WRONG_USAGE;
        }
        String said = String.valueOf(problem.getMessage()).strip().replaceAll("\\s*\\R\\s*", "; ");
        String nearest = problem instanceof UnmatchedArgumentException unmatched
                ? NearestName.of(
                        unmatched.getUnmatched().get(0), command.subcommands().keySet())
                : null;
        Console.note(
                "%s%s (\"%s --help\" says more)",
                said, nearest == null ? "" : "; did you mean " + nearest + "?", command.qualifiedName(" "));
        return WRONG_USAGE;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Say what to do, for instance: sd15 edit");
    }
}
