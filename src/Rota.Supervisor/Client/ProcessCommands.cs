using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>Commands that take names of processes, `group:*` or `all`.</summary>
internal sealed class ProcessCommands(Controller controller)
{
    private const string All = "all";

    public async Task StatusAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
        {
            controller.Status = ExitStatus.StatusUnknown;
            return;
        }
        var processes = await controller.Server.ProcessesAsync();
        var names = PythonText.Words(arguments);
        var shown = names.Length == 0 || names.Contains(All) ? processes : Matching(processes, names);
        Show(shown);
        if (shown.Exists(process => process.State.IsStopped))
            controller.Status = ExitStatus.StatusNotRunning;
    }

    public async Task PidAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
            return;
        var names = PythonText.Words(arguments);
        if (names.Length == 0)
        {
            controller.Say(await controller.Server.TextAsync("getPID"));
        }
        else if (names.Contains(All))
        {
            foreach (var process in await controller.Server.ProcessesAsync())
                controller.Say($"{process.Pid}");
        }
        else
        {
            foreach (var name in names)
                await PidOfAsync(name);
        }
    }

    public async Task StartAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
            return;
        var names = PythonText.Words(arguments);
        if (names.Length == 0)
        {
            controller.SayWithHelp("Error: start requires a process name", "start", ExitStatus.InvalidArguments);
            return;
        }
        await EachAsync(names, new Verb("start", "started", FaultCode.AlreadyStarted, StartProblem, []),
            noGroup: ExitStatus.InvalidArguments);
    }

    public async Task StopAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
            return;
        var names = PythonText.Words(arguments);
        if (names.Length == 0)
            controller.SayWithHelp("Error: stop requires a process name", "stop");
        else
            await EachAsync(names, new Verb("stop", "stopped", FaultCode.NotRunning, SignalProblem, []));
    }

    public async Task SignalAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
            return;
        var words = PythonText.Words(arguments);
        if (words.Length < 2)
            controller.SayWithHelp("Error: signal requires a signal name and a process name", "signal");
        else
            await EachAsync(words[1..], new Verb("signal", "signalled", null, SignalProblem, [words[0]]));
    }

    public async Task RestartAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
            return;
        if (PythonText.Words(arguments).Length == 0)
        {
            controller.SayWithHelp("Error: restart requires a process name", "restart");
            return;
        }
        await StopAsync(arguments);
        await StartAsync(arguments);
    }

    public async Task ClearAsync(string arguments)
    {
        if (!await controller.IsUpAsync())
            return;
        var names = PythonText.Words(arguments);
        if (names.Length == 0)
        {
            controller.SayWithHelp("Error: clear requires a process name", "clear");
        }
        else if (names.Contains(All))
        {
            foreach (var result in await controller.Server.ResultsAsync("clearAllProcessLogs"))
                Say(result, "cleared", null, ClearProblem);
        }
        else
        {
            foreach (var name in names)
                await OneAsync(name, ["clearProcessLogs", name], "cleared", null, ClearProblem);
        }
    }

    /// <param name="Name">Of the methods: NAMEProcess, NAMEProcessGroup, NAMEAllProcesses.</param>
    /// <param name="Good">This fault leaves the exit status as it is.</param>
    /// <param name="Problem">The words for a fault; null where there are none.</param>
    /// <param name="More">Arguments after the process's name.</param>
    private sealed record Verb(string Name, string Done, FaultCode? Good, Func<ProcessResult, string?> Problem,
        object[] More);

    private async Task EachAsync(string[] names, Verb verb, int noGroup = ExitStatus.Generic)
    {
        if (names.Contains(All))
        {
            foreach (var result in await controller.Server.ResultsAsync($"{verb.Name}AllProcesses", verb.More))
                Say(result, verb.Done, verb.Good, verb.Problem);
            return;
        }
        foreach (var name in names)
        {
            if (ProcessName.Parse(name) is { Process: null } group)
                await GroupAsync(group.Group, verb, noGroup);
            else
                await OneAsync(name, [$"{verb.Name}Process", name, .. verb.More], verb.Done, verb.Good, verb.Problem);
        }
    }

    private async Task GroupAsync(string group, Verb verb, int noGroup)
    {
        try
        {
            foreach (var result in await controller.Server.ResultsAsync($"{verb.Name}ProcessGroup",
                [group, .. verb.More]))
                Say(result, verb.Done, verb.Good, verb.Problem);
        }
        catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.BadName)
        {
            controller.Say($"{group}: ERROR (no such group)");
            controller.Status = noGroup;
        }
    }

    /// <param name="call">Method and arguments.</param>
    private async Task OneAsync(string name, object[] call, string done, FaultCode? good,
        Func<ProcessResult, string?> problem)
    {
        var (group, process) = ProcessName.Parse(name);
        var result = new ProcessResult(process ?? "None", group, FaultCode.Success, "OK");
        try
        {
            await controller.Server.CallAsync((string)call[0], call[1..]);
        }
        catch (XmlRpcFault fault)
        {
            result = result with { Status = (FaultCode)fault.Code, Description = fault.Message };
        }
        Say(result, done, good, problem);
    }

    private void Say(ProcessResult result, string done, FaultCode? good, Func<ProcessResult, string?> problem)
    {
        var name = new ProcessName(result.Group, result.Name).ToString();
        if (result.Status == FaultCode.Success)
        {
            controller.Say($"{name}: {done}");
            return;
        }
        var words = problem(result)
            ?? throw new ClientError("ValueError", $"Unknown result code {(int)result.Status} for {name}");
        controller.Say(words == result.Description ? words : $"{name}: ERROR ({words})");
        if (result.Status != good)
        {
            controller.Status = result.Status is FaultCode.SpawnError or FaultCode.AbnormalTermination
                or FaultCode.NotRunning
                ? ExitStatus.NotRunning
                : ExitStatus.Generic;
        }
    }

    private static string? StartProblem(ProcessResult result) => result.Status switch
    {
        FaultCode.BadName => "no such process",
        FaultCode.NoFile => "no such file",
        FaultCode.NotExecutable => "file is not executable",
        FaultCode.AlreadyStarted => "already started",
        FaultCode.SpawnError => "spawn error",
        FaultCode.AbnormalTermination => "abnormal termination",
        _ => null,
    };

    private static string? SignalProblem(ProcessResult result) => result.Status switch
    {
        FaultCode.BadName => "no such process",
        FaultCode.BadSignal => "bad signal name",
        FaultCode.NotRunning => "not running",
        FaultCode.Failed => result.Description,
        _ => null,
    };

    private static string? ClearProblem(ProcessResult result) => result.Status switch
    {
        FaultCode.BadName => "no such process",
        FaultCode.Failed => "failed",
        _ => null,
    };

    private List<ProcessStatus> Matching(List<ProcessStatus> processes, string[] names)
    {
        var matching = new List<ProcessStatus>();
        foreach (var name in names)
        {
            var (group, process) = ProcessName.Parse(name);
            var found = processes.Where(one => one.Group == group && (process is null || one.Name == process)).ToList();
            matching.AddRange(found);
            if (found.Count > 0)
                continue;
            controller.Say(process is null ? $"{group}: ERROR (no such group)" : $"{name}: ERROR (no such process)");
            controller.Status = ExitStatus.StatusUnknown;
        }
        return matching;
    }

    private void Show(List<ProcessStatus> processes)
    {
        var names = processes.Select(process => new ProcessName(process.Group, process.Name).ToString()).ToList();
        var width = names.Select(name => name.Length).Append(30).Max() + 3;
        foreach (var (name, process) in names.Zip(processes))
            controller.Say($"{name.PadRight(width)}{process.StateName,-10}{process.Description}");
    }

    private async Task PidOfAsync(string name)
    {
        try
        {
            var process = await controller.Server.ProcessAsync(name);
            controller.Say($"{process.Pid}");
            if (process.Pid == 0)
                controller.Status = ExitStatus.NotRunning;
        }
        catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.BadName)
        {
            controller.Say($"No such process {name}");
            controller.Status = ExitStatus.Generic;
        }
    }
}
