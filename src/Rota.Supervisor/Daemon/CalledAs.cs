using System.Text;
using Rota.Supervisor.Client;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Daemon;

/// <summary>The programs that are in this one: by the name that it is called by, such as a symbolic link's, or by the
/// command `supervise`.</summary>
internal static class CalledAs
{
    /// <summary>Runs the program that is meant; null when it is none of these.</summary>
    /// <returns>Its exit code.</returns>
    public static Task<int>? Run(string[] args)
    {
        var name = Path.GetFileName(SupervisordCommand.ProgramName);
        return Run(name, args) ?? (args is ["supervise", .. var rest] ? Run("supervisord", rest) : null);
    }

    public static Task<int>? Run(string name, string[] args) => name switch
    {
        "supervisord" => SupervisordCommand.RunAsync(args),
        "supervisorctl" => SupervisorctlCommand.RunAsync(args, SupervisordCommand.ProgramName),
        "echo_supervisord_conf" => EchoAsync(),
        _ => null,
    };

    private static Task<int> EchoAsync()
    {
        Descriptors.WriteAll(1, Encoding.UTF8.GetBytes(SampleConfig.Text()));
        return Task.FromResult(0);
    }
}
