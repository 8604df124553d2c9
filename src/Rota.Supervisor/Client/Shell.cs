using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Client;

/// <summary>The interactive supervisorctl: a status first, then line after line.</summary>
internal sealed class Shell(Controller controller, Terminal terminal)
{
    private static readonly string[] OfGroups = ["add", "remove", "update"];

    private static readonly string[] OfProcesses =
        ["clear", "fg", "pid", "restart", "signal", "start", "status", "stop", "tail"];

    public async Task RunAsync()
    {
        var history = controller.Options.HistoryFile;
        if (history is not null)
            terminal.Editor?.LoadHistory(history);
        try
        {
            await controller.RunAsync("status");
            while (!controller.IsDone)
                await controller.RunAsync(await ReadAsync() ?? "EOF");
        }
        catch (OperationCanceledException)
        {
            controller.Say("");
        }
        if (history is not null)
            terminal.Editor?.SaveHistory(history);
    }

    private async Task<string?> ReadAsync()
    {
        var prompt = controller.Options.Prompt + "> ";
        if (terminal.Editor is { } editor)
            return await editor.ReadAsync(prompt, CandidatesAsync);
        terminal.Print(prompt);
        return await terminal.ReadLineAsync(CancellationToken.None);
    }

    /// <summary>Commands for the first word, then groups or processes, each with a blank behind it.</summary>
    public async Task<IReadOnlyList<string>> CandidatesAsync(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var last = text.EndsWith(' ') || words.Length == 0 ? "" : words[^1];
        IEnumerable<string> all = [];
        if (words.Length == 0 || (words.Length == 1 && last.Length > 0) || words[0] == "help")
            all = controller.Commands;
        else if (OfGroups.Contains(words[0]))
            all = (await ProcessesAsync()).Select(process => process.Group).Distinct();
        else if (OfProcesses.Contains(words[0]))
            all = (await ProcessesAsync()).SelectMany(process => Names(process, last)).Distinct();
        return all.Where(name => name.StartsWith(last, StringComparison.Ordinal)).Select(name => name + " ").ToList();
    }

    private static IEnumerable<string> Names(ProcessStatus process, string typed) =>
        typed.Contains(':') || process.Group != process.Name
            ? [$"{process.Group}:{process.Name}", $"{process.Group}:*"]
            : [new ProcessName(process.Group, process.Name).ToString()];

    /// <summary>None when the daemon does not answer: a Tab is no place for an error.</summary>
    private async Task<List<ProcessStatus>> ProcessesAsync()
    {
        try
        {
            return await controller.Server.ProcessesAsync();
        }
        catch (Exception error) when (error is ClientError or IOException or RefusedException or NoSocketException
            or StatusException or Rpc.XmlRpcFault)
        {
            return [];
        }
    }
}
