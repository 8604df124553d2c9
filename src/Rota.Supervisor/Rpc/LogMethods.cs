using System.Text;
using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Rpc;

/// <summary>Methods that read and empty logs.</summary>
internal static class LogMethods
{
    private const string ReadHelp = " Length bytes from an offset; 0 to the end; the last N bytes from offset -N with "
        + "length 0.";

    private const string TailHelp = " Up to length bytes from an offset, or the log's end where it has grown more: "
        + "[text, offset for the next call, overflow].";

    private static readonly string[] ReadTypes = ["string", "string", "int", "int"];
    private static readonly string[] TailTypes = ["array", "string", "int", "int"];

    public static IEnumerable<RpcMethod> Of(Processes.Supervisor supervisor)
    {
        RpcMethod ReadMain(string name) => new(name, ["string", "int", "int"], 2, "Reads the daemon's log." + ReadHelp,
            async call => Text(await supervisor.Running.ReadMainLogAsync(call.Number(0), call.Number(1))));

        RpcMethod Read(string name, OutputChannel channel) =>
            new(name, ReadTypes, 3, "Reads a process's log." + ReadHelp, async call =>
                Text(await supervisor.Running.ReadLogAsync(call.Text(0), channel, call.Number(1), call.Number(2))));

        RpcMethod Tail(string name, OutputChannel channel) =>
            new(name, TailTypes, 3, "Follows a process's log." + TailHelp,
            async call =>
            {
                var tail = await supervisor.Running.TailLogAsync(call.Text(0), channel, call.Number(1), call.Number(2));
                return new object[] { Text(tail.Text), tail.Offset, tail.Overflow };
            });

        RpcMethod Clear(string name) => new(name, ["boolean", "string"], 1, "Empties both logs of a process.",
            call => DaemonMethods.DoneAfter(supervisor.Running.ClearLogsAsync(call.Text(0))));

        return
        [
            ReadMain("readLog"), ReadMain("readMainLog"),
            new("clearLog", ["boolean"], 0, "Empties the daemon's log.",
                _ => DaemonMethods.DoneAfter(supervisor.Running.ClearMainLogAsync())),
            Read("readProcessStdoutLog", OutputChannel.Stdout), Read("readProcessLog", OutputChannel.Stdout),
            Read("readProcessStderrLog", OutputChannel.Stderr),
            Tail("tailProcessStdoutLog", OutputChannel.Stdout), Tail("tailProcessLog", OutputChannel.Stdout),
            Tail("tailProcessStderrLog", OutputChannel.Stderr),
            Clear("clearProcessLogs"), Clear("clearProcessLog"),
            new("clearAllProcessLogs", ["array"], 0, "Empties the logs of all processes.",
                _ => ProcessMethods.ResultsAsync(supervisor.Running.ClearAllLogsAsync())),
        ];
    }

    /// <summary>A log is bytes; what is no UTF-8, a letter cut in two for example, becomes U+FFFD.</summary>
    private static string Text(byte[] log) => Encoding.UTF8.GetString(log);
}
