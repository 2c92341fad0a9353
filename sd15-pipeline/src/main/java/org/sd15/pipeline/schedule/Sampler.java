package org.sd15.pipeline.schedule;

import static org.sd15.pipeline.schedule.LinearCombination.Quantity.CORRECTED_SAMPLE;
import static org.sd15.pipeline.schedule.LinearCombination.Quantity.MODEL_OUTPUT;
import static org.sd15.pipeline.schedule.LinearCombination.Quantity.NOISE;
import static org.sd15.pipeline.schedule.LinearCombination.Quantity.SAMPLE;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.sd15.pipeline.schedule.LinearCombination.Symbol;

/**
 * One run of a scheduler: its calls of the model, numbered from 0, and what a multistep solver remembers of them.
 *
 * <p>What a call remembers is kept under its number; nothing is counted. A call may be repeated: with the same tensors
 * it gives the same bits, and what later calls remembered is dropped. Tensors that are passed in are never
 * changed, results are new arrays. Not thread-safe.
 *
 * <pre>
 * INDArray x = noise.mul(sampler.initNoiseSigma());
 * for (int call = 0; call &lt; sampler.calls(); call++) {
 *     INDArray output = model(sampler.scaleModelInput(call, x), sampler.timestep(call));
 *     x = sampler.step(call, output, x, sampler.drawsNoise(call) ? draw() : null).prevSample();
 * }
 * </pre>
 */
public final class Sampler {

    private final String scheduler;
    private final double initNoiseSigma;
    private final List<CallPlan> plans;
    private final @Nullable BrownianNoise brownianNoise;
    private final Set<Symbol> remembered = new HashSet<>();
    private final Map<Symbol, INDArray> memory = new HashMap<>();

    /**
     * A run.
     *
     * @param scheduler the name of the scheduler, for errors
     * @param initNoiseSigma the deviation of the sample that a run from pure noise starts with
     * @param plans what is computed at each call, in order
     * @throws IllegalArgumentException if a weight is not finite
     */
    public Sampler(String scheduler, double initNoiseSigma, List<CallPlan> plans) {
        this(scheduler, initNoiseSigma, plans, null);
    }

    /** A run whose noise is to be taken from a Brownian motion; null for noise that is drawn anew at every call. */
    Sampler(String scheduler, double initNoiseSigma, List<CallPlan> plans, @Nullable BrownianNoise brownianNoise) {
        this.scheduler = scheduler;
        this.initNoiseSigma = initNoiseSigma;
        this.plans = List.copyOf(plans);
        this.brownianNoise = brownianNoise;
        for (int call = 0; call < plans.size(); call++) {
            if (!plans.get(call).parts().allMatch(LinearCombination::isFinite)) {
                throw new IllegalArgumentException(
                        "%s: there is no finite step, since noise levels coincide; take fewer steps"
                                .formatted(describe(call)));
            }
            requireComputable(call);
            int current = call;
            plans.get(call)
                    .parts()
                    .flatMap(part -> part.symbols().stream())
                    .filter(symbol -> symbol.call() < current)
                    .forEach(remembered::add);
        }
    }

    /** Refuses a plan that uses a tensor which does not exist at that call. */
    private void requireComputable(int call) {
        CallPlan plan = plans.get(call);
        plan.parts().flatMap(part -> part.symbols().stream()).forEach(symbol -> {
            CallPlan source = symbol.call() < 0 || symbol.call() > call ? null : plans.get(symbol.call());
            boolean there = source != null
                    && switch (symbol.quantity()) {
                        case SAMPLE, MODEL_OUTPUT -> true;
                        case NOISE -> source.drawsNoise();
                        case CORRECTED_SAMPLE -> source.corrected() != null;
                    };
            if (!there) {
                throw new IllegalArgumentException(
                        "%s: the plan builds on %s, which there is not by then".formatted(describe(call), symbol));
            }
        });
    }

    /** How often the model is called; more than the steps for PNDM and Heun. */
    public int calls() {
        return plans.size();
    }

    /** The timestep of a call, the model's input; not whole for some schedulers. */
    public double timestep(int call) {
        return plan(call).timestep();
    }

    /** The noise of the sample that enters a call, whatever the form in which the sampler keeps it. */
    public NoiseLevel level(int call) {
        return plan(call).level();
    }

    /** The deviation of the sample that a run from pure noise starts with. */
    public double initNoiseSigma() {
        return initNoiseSigma;
    }

    /** What the model is given for a sample: {@code sample / sqrt(sigma^2 + 1)} for Euler and its kin, else a copy. */
    public INDArray scaleModelInput(int call, INDArray sample) {
        checkTensor(call, "sample", sample, sample);
        CallPlan plan = plan(call);
        return plan.space().modelInput(CallPlan.sample(call), plan.level()).evaluate(symbol -> sample, sample);
    }

    /** Whether {@link #step} takes noise at a call; where diffusers draws some, even if it then weighs nothing. */
    public boolean drawsNoise(int call) {
        return plan(call).drawsNoise();
    }

    /** The Brownian motion that the noise is taken from in diffusers; null if it is drawn anew at every call. */
    public @Nullable BrownianNoise brownianNoise() {
        return brownianNoise;
    }

    /** The weight of the noise in {@link #step}: the standard deviation that the call adds. */
    public double noiseScale(int call) {
        return plan(call).previous().weight(call, NOISE);
    }

    /**
     * Computes the next sample from the one that enters a call.
     *
     * @param call the number of the call
     * @param modelOutput the model's output for {@link #scaleModelInput}, {@code [batch, 4, height, width]}
     * @param sample the sample, same shape
     * @param noise noise of unit variance, same shape, if {@link #drawsNoise}; else null
     * @throws IllegalStateException if an earlier call that this one builds on has not been made
     */
    public StepResult step(int call, INDArray modelOutput, INDArray sample, @Nullable INDArray noise) {
        CallPlan plan = plan(call);
        checkTensor(call, "sample", sample, sample);
        checkTensor(call, "model output", modelOutput, sample);
        if (plan.drawsNoise() != (noise != null)) {
            throw new IllegalArgumentException(
                    describe(call) + (noise == null ? " needs noise and got none" : " takes no noise but got some"));
        }
        checkMemory(call, plan);
        memory.keySet().removeIf(symbol -> symbol.call() >= call);
        Map<Symbol, INDArray> tensors = new HashMap<>(memory);
        tensors.put(new Symbol(call, SAMPLE), sample);
        tensors.put(new Symbol(call, MODEL_OUTPUT), modelOutput);
        if (noise != null) {
            checkTensor(call, "noise", noise, sample);
            tensors.put(new Symbol(call, NOISE), noise);
        }
        INDArray original = evaluate(plan.original(), tensors, sample);
        LinearCombination corrected = plan.corrected();
        if (corrected != null) {
            tensors.put(new Symbol(call, CORRECTED_SAMPLE), evaluate(corrected, tensors, sample));
        }
        INDArray previous = evaluate(plan.previous(), tensors, sample);
        remember(call, tensors);
        return new StepResult(previous, original);
    }

    /**
     * A picture with the noise of the sample that enters a call, as image-to-image starts and inpainting continues.
     *
     * @param clean the picture, {@code [batch, 4, height, width]}
     * @param noise noise of unit variance, same shape
     */
    public INDArray addNoise(INDArray clean, INDArray noise, int call) {
        CallPlan plan = plan(call);
        checkTensor(call, "picture", clean, clean);
        checkTensor(call, "noise", noise, clean);
        return plan.space()
                .noised(CallPlan.sample(call), CallPlan.noise(call), plan.level())
                .evaluate(symbol -> symbol.quantity() == SAMPLE ? clean : noise, clean);
    }

    private static INDArray evaluate(LinearCombination sum, Map<Symbol, INDArray> tensors, INDArray like) {
        return sum.evaluate(symbol -> Objects.requireNonNull(tensors.get(symbol)), like);
    }

    /** Copies what later calls will ask for. */
    private void remember(int call, Map<Symbol, INDArray> tensors) {
        tensors.forEach((symbol, tensor) -> {
            if (symbol.call() == call && remembered.contains(symbol)) {
                memory.put(symbol, tensor.dup());
            }
        });
    }

    private void checkMemory(int call, CallPlan plan) {
        Set<Integer> missing = new TreeSet<>();
        plan.parts()
                .flatMap(part -> part.symbols().stream())
                .filter(symbol -> symbol.call() < call && !memory.containsKey(symbol))
                .forEach(symbol -> missing.add(symbol.call()));
        if (!missing.isEmpty()) {
            throw new IllegalStateException("%s builds on calls that have not been made: %s. Make the calls in order"
                    .formatted(describe(call), missing));
        }
    }

    private void checkTensor(int call, String name, INDArray tensor, INDArray sample) {
        if (!tensor.dataType().isFPType() || tensor.dataType() != sample.dataType()) {
            throw new IllegalArgumentException("%s: %s is %s; a floating type, the sample's, is expected"
                    .formatted(describe(call), name, tensor.dataType()));
        }
        if (!tensor.equalShapes(sample)) {
            throw new IllegalArgumentException("%s: %s is %s, the sample %s; they must have the same shape"
                    .formatted(describe(call), name, Arrays.toString(tensor.shape()), Arrays.toString(sample.shape())));
        }
    }

    private CallPlan plan(int call) {
        if (call < 0 || call >= plans.size()) {
            throw new IndexOutOfBoundsException(
                    "%s: there is no call %d in a run of %d".formatted(scheduler, call, plans.size()));
        }
        return plans.get(call);
    }

    private String describe(int call) {
        return "%s, call %d (timestep %s)".formatted(scheduler, call, plan(call).timestep());
    }
}
