using Rota.Supervisor.Config;
using Rota.Supervisor.Secrets;

namespace Rota.Supervisor.Processes;

/// <summary>The start of a process that is still to come: when the loop has time, after a delay, or when what it
/// depends on is ready. Lives on the loop thread.</summary>
internal sealed class NextStart(SupervisedProcess process, ProcessSurroundings around)
{
    private ProcessMemory Is => process.Memory;

    private RestartConfig Pace => process.Config.Life.Restart;

    /// <summary>It does not run and will start without being told to, or is just stopped for that.</summary>
    public bool IsPending =>
        Is.IsWaiting || Is.IsRestartAsked || process.State == ProcessState.Exited && Is.DueAt is not null;

    /// <summary>Spawns now, or waits first until what it depends on is ready.</summary>
    public void Begin()
    {
        if (around.Waits.Missing(process).Count == 0)
        {
            process.Spawn();
            return;
        }
        process.SetTimer(null);
        (Is.SpawnError, Is.IsWaiting) = (null, true);
        around.Waits.Add(process);
    }

    /// <summary>The daemon starts: so does what is configured to.</summary>
    public void AutoStart()
    {
        if (process.Config.AutoStart)
            InTurn(ProcessState.Stopped);
    }

    /// <summary>Calls back with the secrets that it needs, at once where those are none. Until then it is STARTING
    /// without a child.</summary>
    public void AskSecrets(Action<SecretAnswer> then)
    {
        if (process.Config.Secrets.Count == 0)
        {
            then(SecretAnswer.Nothing);
            return;
        }
        var spawn = Is.Spawns;
        around.Vault.Ask([.. process.Config.Secrets.Select(secret => secret.Secret)], answer =>
        {
            // Stopped meanwhile, or to be asked again after the program was replaced.
            if (!process.IsWithoutChild || Is.Spawns != spawn || !around.MayStart)
                return;
            Is.SpawnedAt = around.Time.GetTimestamp();
            then(answer);
        });
    }

    /// <summary>What it depends on is ready.</summary>
    public void GoOn()
    {
        Is.IsWaiting = false;
        InTurn(process.State);
    }

    /// <summary>Begins when the loop has time for it, unless something else has happened until then.</summary>
    public void InTurn(ProcessState from) => around.Loop.InBackground(() =>
    {
        if (process.State == from && process.Pid == 0 && around.MayStart && !process.IsRemoved)
            Begin();
    });

    /// <summary>After an end that is followed by a start.</summary>
    /// <param name="lived">How long the run was.</param>
    public void Again(TimeSpan lived)
    {
        var now = around.Time.GetTimestamp();
        if (RestartPolicy.IsTooOften(Pace, Is.RestartedAt.Select(then => around.Time.GetElapsedTime(then, now))))
        {
            GiveUp();
            return;
        }
        if (Pace.LimitCount > 0)
            Is.RestartedAt = [.. Is.RestartedAt.TakeLast(Pace.LimitCount - 1), now];
        Is.Restarts = lived < TimeSpan.FromSeconds(Pace.DelayMaxSeconds) ? Is.Restarts + 1 : 1;
        var state = process.State;
        if (Pace.DelaySeconds == 0)
            InTurn(state);
        else
            process.SetTimer(RestartPolicy.Delay(Pace, Is.Restarts - 1, around.Random.NextDouble()),
                () => InTurn(state));
    }

    /// <summary>Somebody starts it by hand: its restarts are counted anew.</summary>
    public void BeginAnew()
    {
        (Is.Restarts, Is.RestartedAt) = (0, []);
        Begin();
    }

    /// <summary>It does not start by itself any more.</summary>
    public void Cancel()
    {
        if (!IsPending)
            return;
        Clear();
        process.Waiters.Check();
    }

    /// <summary>What was to come has come, or never will.</summary>
    public void Clear()
    {
        if (!IsPending)
            return;
        (Is.IsWaiting, Is.IsRestartAsked) = (false, false);
        around.Waits.Remove(process);
        if (process.State.IsStopped)
            process.SetTimer(null);
    }

    private void GiveUp()
    {
        Is.RestartedAt = [];
        Is.SpawnError = $"restarts too often: {Pace.LimitCount} within {Pace.LimitSeconds} seconds";
        process.GiveUp();
        around.Log.Warn($"gave up: {process.Config.Name} entered FATAL state, {Is.SpawnError} (restart_limit)");
        around.Fatal.Do(process, Is.SpawnError);
    }
}
