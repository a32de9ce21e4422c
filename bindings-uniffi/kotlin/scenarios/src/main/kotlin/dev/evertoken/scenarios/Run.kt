package dev.evertoken.scenarios

import kotlin.time.Duration

/** The runner: one sandbox, one library, one file after another. */
internal class Run(
    private val control: Control,
    private val library: Library,
    private val trust: Trust,
    private val giveUp: Duration,
) {
    /** Runs a file on the public API and tells what came of it. */
    fun result(found: ScenarioFile): Result {
        val file = ScenarioFile(found.file, control.filledIn(found.text))
        return result(file) { tally -> play(parse(file.text), tally) }
    }

    private fun play(scenario: Scenario, tally: Tally) {
        val log = Log()
        val texts: List<String>
        val tokens: Map<String, String>
        try {
            val world = World(control, library, trust, giveUp, scenario)
            var left: String? = null
            try {
                steps(scenario, world, tally)
                tokens = control.tokens(VENDORS)
                texts = shown(world, scenario).toList()
            } catch (failure: Failure) {
                throw named(failure)
            } finally {
                left = world.stop()
            }
            if (left != null) {
                throw Failure(Kind.STUCK, "left over after the clients were closed: $left")
            }
        } finally {
            log.close()
        }
        tally.made += 1
        val hidden = secrets(scenario, tokens.values)
        (texts + log.text()).firstOrNull { text -> hidden.any(text::contains) }?.let {
            throw Failure(Kind.SECRET_SHOWN, "a secret stands in: $it")
        }
    }

    /** A token's name says more than the token. */
    private fun named(failure: Failure): Failure = failure.told { detail ->
        control.tokens(VENDORS).entries.fold(detail) { text, (name, token) -> text.replace(token, name) }
    }

    private fun steps(scenario: Scenario, world: World, tally: Tally) {
        val check = Check(world, tally)
        scenario.steps.forEachIndexed { at, step ->
            placed(at) {
                act(step, world, check)
                world.settle()
            }
        }
        check.end()
    }

    private fun act(step: Step, world: World, check: Check) {
        val source = step.client?.let(world::source)
        when (step) {
            is Step.Begin -> world.begin(step)
            is Step.Control -> {
                check.control(step)
                control.send(step.method, step.path, step.body)
            }
            is Step.Cancel -> world.cancel(step.call)
            is Step.Invalidate -> source?.invalidate()
            is Step.Retry -> source?.retry()
            is Step.Logout -> source?.logout()
            is Step.Close -> source?.close()
            is Step.CredentialsChanged -> source?.credentialsChanged(credentials(step.credentials), step.dropToken)
            is Step.Advance -> world.advance(step.millis)
            is Step.Suspend -> world.suspend(step.millis)
            is Step.StepWall -> world.stepWall(step.millis)
            is Step.Expect -> check.expect(step)
        }
    }
}
