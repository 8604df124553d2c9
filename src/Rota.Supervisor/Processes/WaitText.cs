using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes;

/// <summary>What a process waits for, for the status. supervisord's states say no more than that it does not run yet.
/// </summary>
internal static class WaitText
{
    /// <summary>Null when it waits for nothing that supervisord does not know.</summary>
    public static string? Of(SupervisedProcess process, ProcessSurroundings around)
    {
        if (process.Memory.IsWaiting)
            return $"waiting for {string.Join(", ", around.Waits.Missing(process))} to be ready";
        if (process.State == ProcessState.Starting && process.Config.Life.ReadyWhen is { } check)
            return process.Memory.SpawnError ?? (process.Memory.IsReady ? "ready" : $"waiting for {Sign(check)}");
        if (process.Next.IsPending && process.State.IsStopped && process.Memory.DueAt is { } due)
        {
            var left = around.Time.GetElapsedTime(around.Time.GetTimestamp(), due);
            return $"starts again in {Math.Max(1, Math.Ceiling(left.TotalSeconds))} seconds";
        }
        return null;
    }

    private static string Sign(Check check) => check.Kind switch
    {
        CheckKind.Exit => "its end",
        CheckKind.Notify => "its READY=1",
        _ => check.Shown,
    };
}
