package org.sd15.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Model.CommandSpec;

/** Command lines as users of other programs type them: understood, or one line says what it is called here. */
class FieldWordsTest {

    private static String translated(String line) {
        CommandSpec root = Sd15.commandLine().getCommandSpec();
        return Arrays.stream(FieldWords.translated(root, line.split(" "))).collect(Collectors.joining(" "));
    }

    /** Those of the web UI, of diffusers' and kohya's scripts, of CompVis' txt2img. Each is parsed as well. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            generate --prompt x --cfg-scale 7 --sampler Euler~a            | generate --prompt x --guidance 7 --scheduler Euler~a
            generate -p x --negative-prompt ugly -n 4 --steps 20           | generate --prompt x --negative ugly --count 4 --steps 20
            generate --prompt x --denoising-strength 0.5 --init-image a.png | generate --prompt x --strength 0.5 --image a.png
            generate --prompt=x --mask_blur=4 --inpaint_full_res           | generate --prompt=x --mask-blur=4 --only-masked
            generate --prompt x --batch_count 2 --sampling-steps 9         | generate --prompt x --count 2 --steps 9
            generate --prompt x --num_inference_steps 30 --guidance_scale 7.5 | generate --prompt x --steps 30 --guidance 7.5
            generate --prompt x --num_images_per_prompt 2 --negative_prompt y | generate --prompt x --count 2 --negative y
            generate --pretrained_model_name_or_path d --prompt x --precision bf16 | generate --model d --prompt x --precision bf16
            generate --prompt x --ddim_steps 50 --scale 7.5 --n_samples 2 --ckpt c --plms | generate --prompt x --steps 50 --guidance 7.5 --count 2 --model c --scheduler pndm
            generate --prompt x --W 512 --H 512 --outdir o --bf16          | generate --prompt x --width 512 --height 512 --output o --precision bfloat16
            generate --prompt x --lora_weights l --precision fp32          | generate --prompt x --lora l --precision fp32
            instruct --instruction x --image_guidance_scale 1.5 --image a  | instruct --instruction x --image-guidance 1.5 --image a
            ledits --image a --editing_prompt -mask --edit_guidance_scale 7 | ledits --image a --edit -mask --edit-guidance 7
            edit --source_prompt a --target_prompt b --cross_replace_steps 0.8 | edit --source a --target b --cross-steps 0.8
            train lora --output o --train_data_dir d --max_train_steps 9 --train_batch_size 2 | train lora --output o --data d --train-steps 9 --batch 2
            train lora --output o --network_dim 8 --network_alpha 4 --mixed_precision bf16 | train lora --output o --rank 8 --alpha 4 --precision bf16
            train lora --output o --lr_scheduler cosine --lr_warmup_steps 5 --snr_gamma 5 | train lora --output o --schedule cosine --warmup 5 --min-snr 5
            train lora --output o --save_every_n_steps 50 --noise_offset 0.1 --gradient_checkpointing | train lora --output o --checkpoint-every 50 --offset-noise 0.1 --gradient-checkpointing
            train dreambooth --output o --instance_data_dir d --instance_prompt x --prior_loss_weight 1 --num_class_images 9 | train dreambooth --output o --data d --instance-prompt x --prior-weight 1 --class-pictures 9
            serve --ckpt-dir m --lora-dir l --embeddings-dir e                  | serve --models m --loras l --embeddings e
            train textual-inversion --output o --placeholder_token t --initializer_token u --gradient_accumulation_steps 4 | train textual-inversion --output o --token t --initializer u --accumulate 4
            """)
    void otherProgramsWordsAreUnderstood(String theirs, String ours) {
        assertThat(translated(theirs)).isEqualTo(ours);
        Sd15.commandLine().parseArgs(ours.split(" "));
    }

    /** What is typed after an option is its value, and what is this program's own stays. */
    @Test
    void valuesAreNoOptions() {
        for (String line : new String[] {
            "ledits --image a --edit -n --edit -mask",
            "generate --prompt --cfg-scale --seed -1",
            "generate --prompt x -- --cfg-scale",
            "generate -h",
            "generate --prompt edit --negative lora --clip-skip 2",
        }) {
            assertThat(translated(line)).isEqualTo(line);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            generate --prompt x --xformers             | --xformers: attention never holds its map here; leave it out
            generate --prompt x --fp16                 | --fp16: CPUs compute in float32, or with --precision bfloat16
            generate --prompt x --clip_skip 2          | --clip_skip: counts from 1 where it is spelt so; here --clip-skip 1 leaves one layer out, which is 2 there
            generate --prompt x --enable_hr            | --enable_hr: draw, then go on from the larger picture: generate --image out/0.png --resize 768
            train lora --output o --max_train_epochs 3 | --max_train_epochs: steps are counted here: --train-steps N
            train lora --output o --resume_from_checkpoint latest | --resume_from_checkpoint: the last checkpoint is found by itself: --resume
            serve --listen                             | --listen: give the address: serve --host 0.0.0.0
            generate --prompt x --network_mul 0.5      | --network_mul: a LoRA's scale follows its file: --lora FILE:0.8
            generate --promt x                         | sd15 generate has no option --promt, did you mean --prompt? "sd15 generate --help" lists all
            generate --prompt x --negativ_promt y      | sd15 generate has no option --negativ_promt, did you mean --negative? "sd15 generate --help" lists all
            train lora --output o --train-step 3       | sd15 train lora has no option --train-step, did you mean --train-steps? "sd15 train lora --help" lists all
            edit --source a --target b --hovercraft 3  | sd15 edit has no option --hovercraft; "sd15 edit --help" lists all
            genrate --prompt x                         | did you mean generate?
            generate --prompt x --precision int4       | 'int4' is not one of float32 (fp32), bfloat16 (bf16) ("sd15 generate --help" says more)
            generate                                   | Missing required option: '--prompt=<prompts>' ("sd15 generate --help" says more)
            """)
    void whatIsNotUnderstoodIsSaidInOneLine(String line, String message) {
        Cli cli = Cli.run(line.split(" +"));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err().strip().lines()).hasSize(1);
        assertThat(cli.message()).startsWith("sd15: ").contains(message);
        assertThat(cli.out()).isEmpty();
    }
}
