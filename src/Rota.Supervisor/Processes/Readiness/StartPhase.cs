using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes.Readiness;

/// <summary>The way of a process from its spawn to RUNNING, which it is when `startsecs` are over and it has shown the
/// sign of `ready_when`. Lives on the loop thread.</summary>
/// <remarks>A run that is not ready in time is ended with the configured signal. It stays STARTING until its child is
/// gone, since nobody asked for a stop, and then counts as a failed start.</remarks>
internal sealed class StartPhase(SupervisedProcess process, ProcessSurroundings around)
{
    private ProcessConfig Config => process.Config;

    private TimeSpan Lived => around.Time.GetElapsedTime(process.Memory.SpawnedAt);

    /// <summary>Its child is there.</summary>
    public void Begin()
    {
        if (Config.StartSeconds == 0 && process.Memory.IsReady)
            process.StayUp();
        else
            process.SetTimer(TimeSpan.FromSeconds(Config.StartSeconds), Check);
    }

    /// <summary>What to do when the timer comes that an upgrade has interrupted.</summary>
    public Action Rest => process.Memory.SpawnError is null ? Check : () => End(Signals.Kill, Config.KillAsGroup);

    /// <summary>It has shown the sign.</summary>
    public void SeeReady()
    {
        if (process.State != ProcessState.Starting || process.Memory.SpawnError is not null)
            return;
        process.Memory.IsReady = true;
        around.Log.Info($"ready: {Config.Name} ({Config.Life.ReadyWhen!.Shown})");
        if (Lived >= TimeSpan.FromSeconds(Config.StartSeconds))
            Check();
    }

    /// <summary>Whether an end now is the end of a run, and no failed start; `ready_when=exit` asks for the end
    /// itself.</summary>
    public bool IsDone(TimeSpan lived, bool isExpected) => Config.Life.ReadyWhen?.Kind == CheckKind.Exit
        ? isExpected
        : process.Memory.IsReady && lived >= TimeSpan.FromSeconds(Config.StartSeconds);

    private void Check()
    {
        var left = TimeSpan.FromSeconds(Config.Life.ReadyTimeoutSeconds) - Lived;
        // The end may have come at the same moment and wait to be seen: it came first.
        if (process.HasEnded)
            process.SeeEnd();
        else if (process.Memory.IsReady)
            process.StayUp();
        else if (left > TimeSpan.Zero)
            process.SetTimer(left, Check);
        else
            GiveUp();
    }

    private void GiveUp()
    {
        var problem = $"not ready within {Config.Life.ReadyTimeoutSeconds} seconds ({Config.Life.ReadyWhen!.Shown})";
        process.Memory.SpawnError = problem;
        around.Log.Warn($"stopping {Config.Name}: {problem}");
        End(Config.StopSignal, Config.StopAsGroup);
    }

    private void End(int signal, bool asGroup)
    {
        process.SetTimer(TimeSpan.FromSeconds(Config.StopWaitSeconds), () => End(Signals.Kill, Config.KillAsGroup));
        process.SignalAll(signal, asGroup);
    }
}
