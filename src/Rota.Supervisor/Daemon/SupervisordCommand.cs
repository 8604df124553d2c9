using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Daemon;

/// <summary>The program `supervisord`, also called `rota supervise`.</summary>
/// <remarks>It writes to its standard streams by descriptor: the runtime's console would install a handler that takes
/// the exit codes of children.</remarks>
internal static class SupervisordCommand
{
    public const int Good = 0;
    public const int BadUsage = 2;

    private const int StandardOutput = 1;
    private const int StandardError = 2;

    /// <returns>The exit code: 0 after a shutdown, 2 when it cannot start, with the reason on standard error.</returns>
    /// <param name="args">Without the program's name.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            var options = DaemonOptions.Parse(args);
            if (options.WantsHelp)
                return Say(DaemonOptions.Help);
            if (options.WantsVersion)
                return Say(DaemonOptions.Version + "\n");

            Descriptors.CloseInheritedOnExec();
            var path = Path.GetFullPath(options.ConfigFile ?? Find());
            var former = Upgrade.Take();
            var config = former?.Running ?? ConfigReader.Read(path, options);
            var isDetached = Detachment.IsDetached();
            if (!config.Daemon.NoDaemon && !isDetached && former is null)
                return Detachment.Run();
            return await new SupervisorDaemon(() => ConfigReader.Read(path, options), isDetached, TimeProvider.System)
                .RunAsync(config, former);
        }
        catch (Exception error) when (error is UsageException or ConfigException or StartException)
        {
            Complain($"Error: {error.Message}\nFor help, use {ProgramName} -h\n");
            return BadUsage;
        }
    }

    /// <summary>As it was called.</summary>
    public static string ProgramName => ProgramImage.CommandLine() is [var program, ..] ? program : "supervisord";

    private static string Find()
    {
        if (Identity.UserId == 0)
            Complain(ConfigSearch.RootWarning + "\n");
        return ConfigSearch.Find(ProgramName) ?? throw new UsageException(ConfigSearch.NotFound(ProgramName));
    }

    private static int Say(string text) =>
        Descriptors.WriteAll(StandardOutput, Encoding.UTF8.GetBytes(text)) ? Good : BadUsage;

    private static void Complain(string text) => Descriptors.WriteAll(StandardError, Encoding.UTF8.GetBytes(text));
}

/// <summary>The daemon cannot start; the message says why.</summary>
internal sealed class StartException(string message) : Exception(message);
