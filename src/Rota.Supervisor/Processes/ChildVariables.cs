using Rota.Supervisor.Config;
using Rota.Supervisor.Secrets;

namespace Rota.Supervisor.Processes;

/// <summary>The variables of a process's own, as they are at its start.</summary>
/// <remarks>From below: its environment files in their order, its `environment`, its secrets. They are read anew at
/// every start, so that an edit counts at the next one.</remarks>
internal static class ChildVariables
{
    /// <exception cref="LaunchException">A file cannot be read or has a wrong line, or a secret cannot be
    /// had.</exception>
    public static IReadOnlyList<EnvironmentVariable> Of(ProcessConfig config, SecretAnswer secrets) =>
        [.. FromFiles(config), .. config.Environment, .. secrets.For(config.Secrets)];

    private static List<EnvironmentVariable> FromFiles(ProcessConfig config)
    {
        try
        {
            return [.. config.EnvironmentFiles.SelectMany(file => file.Read())];
        }
        catch (EnvironmentFileException wrong)
        {
            throw new LaunchException(FaultCode.SpawnError, wrong.Message);
        }
    }
}
