using System.Text;
using Rota.Supervisor.Client;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Daemon;

/// <summary>The programs that are in this one: by the name that it is called by, such as a symbolic link's, or by the
/// command `supervise`.</summary>
internal static class CalledAs
{
    /// <summary>What to run, for its exit code; null when none of these is meant.</summary>
    public static Func<Task<int>>? Find(string[] args)
    {
        var name = Path.GetFileName(SupervisordCommand.ProgramName);
        return Find(name, args) ?? (args is ["supervise", .. var rest] ? Find("supervisord", rest) : null);
    }

    public static Func<Task<int>>? Find(string name, string[] args) => name switch
    {
        "supervisord" => () => SupervisordCommand.RunAsync(args),
        "supervisorctl" => () => SupervisorctlCommand.RunAsync(args, SupervisordCommand.ProgramName),
        "echo_supervisord_conf" => EchoAsync,
        _ => null,
    };

    private static Task<int> EchoAsync()
    {
        Descriptors.WriteAll(1, Encoding.UTF8.GetBytes(SampleConfig.Text()));
        return Task.FromResult(0);
    }
}
