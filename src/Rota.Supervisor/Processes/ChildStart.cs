using Rota.Supervisor.Config;
using Rota.Supervisor.Native;
using Rota.Supervisor.Secrets;

namespace Rota.Supervisor.Processes;

/// <summary>All that is opened for a run of a process: the group's socket, its logs, its child with the
/// pipes.</summary>
internal static class ChildStart
{
    /// <summary>Makes the child. The socket is held until the caller releases it after the child's end.</summary>
    /// <exception cref="LaunchException">The sentence for `spawnerr`; nothing is left open or held.</exception>
    /// <param name="groupEntry">Of its control group; null: it has none of its own.</param>
    public static (Spawner.Child Child, (int? Stdout, int? Stderr) Logs) Make(ProcessGroup group, ProcessConfig config,
        SecretAnswer secrets, ProcessOutputs outputs, Spawner spawner, string? groupEntry)
    {
        IReadOnlyList<EnvironmentVariable> variables =
            [.. group.Environment, .. ChildVariables.Of(config, secrets)];
        group.Socket?.Hold();
        try
        {
            var logs = outputs.OpenLogs();
            try
            {
                return (spawner.Spawn(config, group.Config, variables, group.Socket?.Descriptor, groupEntry), logs);
            }
            catch (LaunchException)
            {
                ProcessOutputs.CloseLogs(logs);
                throw;
            }
        }
        catch (Exception error) when (error is LaunchException or SystemCallException)
        {
            group.Socket?.Release();
            throw error as LaunchException ?? Spawner.NoPipes((SystemCallException)error, config);
        }
    }
}
