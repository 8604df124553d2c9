using Rota.Supervisor.Config;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>Commands about the configuration and the daemon itself.</summary>
internal sealed class GroupCommands(Controller controller)
{
    public async Task RereadAsync(string arguments)
    {
        if (TakesNone("reread", arguments) && await CallAsync("ERROR: supervisor shutting down") is { } diff)
            Show(diff);
    }

    public async Task AvailAsync(string arguments)
    {
        if (!TakesNone("avail", arguments))
            return;
        try
        {
            foreach (var config in await controller.Server.ConfigsAsync())
                controller.Say(Line(config));
        }
        catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.ShutdownState)
        {
            Fail("ERROR: supervisor shutting down");
        }
    }

    public async Task AddAsync(string arguments)
    {
        foreach (var name in PythonText.Words(arguments))
        {
            try
            {
                await controller.Server.CallAsync("addProcessGroup", name);
                controller.Say($"{name}: added process group");
            }
            catch (XmlRpcFault fault) when ((FaultCode)fault.Code is FaultCode.ShutdownState or FaultCode.BadName)
            {
                Fail(fault.Code == (int)FaultCode.BadName ? NoSuch(name) : "ERROR: shutting down");
            }
            catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.AlreadyAdded)
            {
                controller.Say("ERROR: process group already active");
            }
        }
    }

    public async Task RemoveAsync(string arguments)
    {
        foreach (var name in PythonText.Words(arguments))
        {
            try
            {
                await controller.Server.CallAsync("removeProcessGroup", name);
                controller.Say($"{name}: removed process group");
            }
            catch (XmlRpcFault fault) when ((FaultCode)fault.Code is FaultCode.StillRunning or FaultCode.BadName)
            {
                Fail(fault.Code == (int)FaultCode.BadName
                    ? NoSuch(name)
                    : $"ERROR: process/group still running: {name}");
            }
        }
    }

    public async Task UpdateAsync(string arguments)
    {
        ConfigDiff diff;
        try
        {
            diff = await controller.Server.RereadAsync();
        }
        catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.ShutdownState)
        {
            Fail("ERROR: already shutting down");
            return;
        }
        var wanted = PythonText.Words(arguments).Distinct().ToList();
        if (wanted.Contains("all"))
            wanted.Clear();
        if (wanted.Count > 0)
            await SayUnknownAsync(wanted, diff);

        bool IsWanted(string group) => wanted.Count == 0 || wanted.Contains(group);
        foreach (var group in diff.Removed.Where(IsWanted))
            await TakeAwayAsync(group);
        foreach (var group in diff.Changed.Where(IsWanted))
        {
            await controller.Server.ResultsAsync("stopProcessGroup", group);
            controller.Say($"{group}: stopped");
            await controller.Server.CallAsync("removeProcessGroup", group);
            await controller.Server.CallAsync("addProcessGroup", group);
            controller.Say($"{group}: updated process group");
        }
        foreach (var group in diff.Added.Where(IsWanted))
        {
            await controller.Server.CallAsync("addProcessGroup", group);
            controller.Say($"{group}: added process group");
        }
    }

    public async Task ShutdownAsync(string arguments)
    {
        if (!TakesNone("shutdown", arguments)
            || !await IsSureAsync("Really shut the remote supervisord process down y/N? "))
            return;
        var url = controller.Options.Server.Url;
        try
        {
            await controller.Server.CallAsync("shutdown");
            controller.Say("Shut down");
        }
        catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.ShutdownState)
        {
            controller.Say("ERROR: already shutting down");
        }
        catch (RefusedException)
        {
            Fail($"ERROR: {url} refused connection (already shut down?)");
        }
        catch (NoSocketException)
        {
            Fail($"ERROR: {url} no such file (already shut down?)");
        }
    }

    public async Task ReloadAsync(string arguments)
    {
        if (!TakesNone("reload", arguments)
            || !await IsSureAsync("Really restart the remote supervisord process y/N? "))
            return;
        try
        {
            await controller.Server.CallAsync("restart");
            controller.Say("Restarted supervisord");
        }
        catch (XmlRpcFault fault) when (fault.Code == (int)FaultCode.ShutdownState)
        {
            Fail("ERROR: already shutting down");
        }
    }

    private bool TakesNone(string command, string arguments)
    {
        if (arguments.Length > 0)
            controller.SayWithHelp($"Error: {command} accepts no arguments", command);
        return arguments.Length == 0;
    }

    private async Task<bool> IsSureAsync(string question) =>
        !controller.Options.IsInteractive
        || (await controller.AskAsync(question)).StartsWith("y", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null when the file cannot be read or the daemon stops; that is said then.</summary>
    private async Task<ConfigDiff?> CallAsync(string stopping)
    {
        try
        {
            return await controller.Server.RereadAsync();
        }
        catch (XmlRpcFault fault) when ((FaultCode)fault.Code is FaultCode.ShutdownState or FaultCode.CantReread)
        {
            Fail(fault.Code == (int)FaultCode.CantReread ? $"ERROR: {fault.Message}" : stopping);
            return null;
        }
    }

    private void Show(ConfigDiff diff)
    {
        var changes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var lists = new[] { (diff.Added, "available"), (diff.Changed, "changed"), (diff.Removed, "disappeared") };
        foreach (var (names, word) in lists)
        {
            foreach (var name in names)
                changes[name] = word;
        }
        foreach (var (name, word) in changes)
            controller.Say($"{name}: {word}");
        if (changes.Count == 0)
            controller.Say("No config updates to processes");
    }

    private async Task SayUnknownAsync(List<string> wanted, ConfigDiff diff)
    {
        var processes = await controller.Server.ProcessesAsync();
        var groups = processes.Select(process => process.Group).Concat(diff.Added).ToHashSet();
        foreach (var group in wanted.Where(group => !groups.Contains(group)))
            Fail($"ERROR: no such group: {group}");
    }

    private async Task TakeAwayAsync(string group)
    {
        var results = await controller.Server.ResultsAsync("stopProcessGroup", group);
        controller.Say($"{group}: stopped");
        if (results.Exists(result => result.Status == FaultCode.Failed))
        {
            Fail($"{group}: has problems; not removing");
            return;
        }
        await controller.Server.CallAsync("removeProcessGroup", group);
        controller.Say($"{group}: removed process group");
    }

    private static string Line(OrderedDictionary<string, object?> config)
    {
        var name = new ProcessName(ServerProxy.Text(config, "group"), ServerProxy.Text(config, "name")).ToString();
        var use = config["inuse"] is true ? "in use" : "avail";
        var start = config["autostart"] is true ? "auto" : "manual";
        return $"{name,-32} {use,-9} {start,-9} {config["group_prio"]}:{config["process_prio"]}";
    }

    private void Fail(string message)
    {
        controller.Say(message);
        controller.Status = ExitStatus.Generic;
    }

    private static string NoSuch(string name) => $"ERROR: no such process/group: {name}";
}
