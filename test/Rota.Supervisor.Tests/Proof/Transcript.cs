using System.Text;
using System.Text.RegularExpressions;

namespace Rota.Supervisor.Tests.Proof;

/// <summary>What a client printed for each line of the script, without what differs from run to run.</summary>
internal static partial class Transcript
{
    public static async Task<string> OfAsync(Side daemonSide, Side clientSide)
    {
        await using var daemon = await DaemonProcess.StartAsync(daemonSide, ProofScript.Config);
        await using IClient client = clientSide == Side.Theirs ? new TheirClient() : new OurClient();
        var text = new StringBuilder();
        foreach (var line in ProofScript.Lines)
            text.Append(await RunAsync(daemon, client, line));
        await daemon.EndedAsync();
        foreach (var line in ProofScript.LinesAfterwards)
            text.Append(await RunAsync(daemon, client, line));
        return Plain(text.ToString(), daemon.Folder);
    }

    private static async Task<string> RunAsync(DaemonProcess daemon, IClient client, string line)
    {
        if (line.StartsWith("write ", StringComparison.Ordinal))
        {
            daemon.Write(line switch
            {
                "write Changed" => ProofScript.Changed,
                "write Broken" => ProofScript.Broken,
                _ => throw new ArgumentException(line, nameof(line)),
            });
            return "";
        }
        var ran = line.StartsWith("shell ", StringComparison.Ordinal)
            ? await client.RunAsync(daemon.Config, line[6..] + "\n")
            : await client.RunAsync(daemon.Config, "", line.Split(' '));
        if (line == "reload" && ran.Output.StartsWith("Restarted", StringComparison.Ordinal))
            await daemon.AnswersAsync();
        return $"$ {line}\n{Output(line, ran)}{Errors(ran)}exit {ran.ExitCode}\n";
    }

    /// <summary>Several processes that end at about the same time are reported in the order in which they do.</summary>
    private static string Output(string line, Ran ran) =>
        line.Split(' ') is ["stop" or "restart" or "start", "all" or [.., ':', '*']]
        ? string.Join('\n', ran.Output.Split('\n').Order(StringComparer.Ordinal))
        : ran.Output;

    private static string Errors(Ran ran) => ran.Errors.Length == 0 ? "" : $"errors: {ran.Errors}";

    /// <summary>Paths, pids, times, and the place in Python's source where an exception was caught.</summary>
    public static string Plain(string text, string folder)
    {
        text = text.Replace(folder, "DIR");
        text = Pid.Replace(text, "pid PID");
        text = PidLine.Replace(text, "PID");
        text = Uptime.Replace(text, "uptime TIME");
        text = When.Replace(text, "WHEN");
        text = AutoLog.Replace(text, "---supervisor-RANDOM.log");
        return PythonPlace.Replace(text, "");
    }

    [GeneratedRegex(@"pid \d+", RegexOptions.None, 1000)]
    private static partial Regex Pid { get; }

    [GeneratedRegex(@"^[1-9]\d+$", RegexOptions.Multiline, 1000)]
    private static partial Regex PidLine { get; }

    [GeneratedRegex(@"uptime \d+:\d\d:\d\d", RegexOptions.None, 1000)]
    private static partial Regex Uptime { get; }

    [GeneratedRegex(@"\w{3} \d\d \d\d:\d\d [AP]M", RegexOptions.None, 1000)]
    private static partial Regex When { get; }

    [GeneratedRegex(@"---supervisor-\w{8}\.log", RegexOptions.None, 1000)]
    private static partial Regex AutoLog { get; }

    [GeneratedRegex(@": file: \S+ line: \d+", RegexOptions.None, 1000)]
    private static partial Regex PythonPlace { get; }
}
