using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>Talks to a supervisor, ours or any other supervisord, by XML-RPC: a connection for each call.</summary>
/// <remarks>Every method throws <see cref="SupervisorException"/> when the supervisor is away, refuses, or does not
/// answer within the call's time: <see cref="Patience"/>, or <see cref="LongPatience"/> where it waits for processes.
/// </remarks>
/// <param name="url"><c>unix:///PATH</c> or <c>http://HOST:PORT</c>.</param>
/// <param name="username">Null where it wants none.</param>
public sealed class SupervisorClient(string url, string? username, string? password, TimeProvider clock)
{
    private const string Facts = "rota.getAllProcessFacts";

    private readonly ServerAddress _address = new(url, username, password);

    /// <summary>What a call may take that waits for nothing.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

    /// <summary>What a call may take that waits until processes have stopped.</summary>
    public static TimeSpan LongPatience { get; } = TimeSpan.FromMinutes(2);

    /// <summary>What an update may take that waits until one process after the other is ready.</summary>
    public static TimeSpan RollPatience { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether something of that form may be called.</summary>
    public static bool IsAddress(string url) =>
        new ServerAddress(url, null, null).SocketPath is { } path
            ? path.StartsWith('/')
            : Uri.TryCreate(url, UriKind.Absolute, out var address) && address is { Scheme: "http", Host.Length: > 0 };

    public string Url => url;

    /// <summary>On this machine, as far as the address tells: a container may stand behind it.</summary>
    public bool IsLocal => _address.SocketPath is not null || new Uri(url).IsLoopback;

    /// <summary>All that there is to see, in one call.</summary>
    public Task<SupervisorInfo> InfoAsync(CancellationToken stop) => AskAsync(async proxy =>
    {
        string[] methods = ["supervisor.getSupervisorVersion", "supervisor.getIdentification", "supervisor.getState",
            "supervisor.getAllProcessInfo", Facts];
        var calls = methods.Select(method => new OrderedDictionary<string, object?>
        {
            ["methodName"] = method,
            ["params"] = Array.Empty<object>(),
        });
        var answers = await proxy.CallAsync("system.multicall", (object)calls.ToArray()) as List<object?>;
        if (answers?.Count != methods.Length)
            throw new SupervisorException(SupervisorProblem.Strange, "It did not answer as a supervisor does.");
        foreach (var fault in answers[..^1].Select(FaultOf).OfType<XmlRpcFault>())
            throw fault;
        var state = ServerProxy.Text(ServerProxy.Struct(answers[2]), "statename");
        var spawns = ServerProxy.Structs(answers[4]).DistinctBy(ProcessInfo.NameOf).ToDictionary(ProcessInfo.NameOf,
            facts => (int?)ServerProxy.Number(facts, "spawns"));
        return new SupervisorInfo($"{answers[0]}", $"{answers[1]}", state, [.. ServerProxy.Structs(answers[3])
            .Select(ProcessInfo.Of).Select(info => info with { Spawns = spawns.GetValueOrDefault(info.Name) })]);
    }, Patience, stop);

    /// <summary>How processes are configured, those that wait for an update too.</summary>
    public Task<IReadOnlyList<ProcessSettings>> SettingsAsync(CancellationToken stop) => AskAsync(
        async proxy => (IReadOnlyList<ProcessSettings>)[.. (await proxy.ConfigsAsync()).Select(ProcessSettings.Of)],
        Patience, stop);

    /// <summary>Starts without waiting until they run.</summary>
    /// <param name="name">A process, or all of a group.</param>
    public Task<IReadOnlyList<ProcessOutcome>> StartAsync(ProcessName name, CancellationToken stop) =>
        OutcomesAsync(name, "startProcess", [$"{name}", false], Patience, stop);

    /// <param name="name">A process, or all of a group.</param>
    /// <param name="waits">Answers when they have stopped.</param>
    public Task<IReadOnlyList<ProcessOutcome>> StopAsync(ProcessName name, bool waits, CancellationToken stop) =>
        OutcomesAsync(name, "stopProcess", [$"{name}", waits], waits ? LongPatience : Patience, stop);

    /// <param name="name">A process, or all of a group.</param>
    /// <param name="signal">Such as <c>HUP</c>, <c>SIGUSR1</c> or <c>10</c>.</param>
    public Task<IReadOnlyList<ProcessOutcome>> SignalAsync(ProcessName name, string signal, CancellationToken stop) =>
        OutcomesAsync(name, "signalProcess", [$"{name}", signal], Patience, stop);

    /// <summary>Empties both logs of one process.</summary>
    public Task<IReadOnlyList<ProcessOutcome>> ClearLogsAsync(ProcessName name, CancellationToken stop) =>
        OutcomesAsync(name, "clearProcessLogs", [$"{name}"], Patience, stop);

    /// <summary>Writes to the standard input of one process.</summary>
    public Task SendInputAsync(ProcessName name, string text, CancellationToken stop) =>
        AskAsync(proxy => proxy.CallAsync("sendProcessStdin", $"{name}", text), Patience, stop);

    /// <summary>Reads the file anew, changes nothing, and says what an update would.</summary>
    public Task<ConfigDiff> RereadAsync(CancellationToken stop) =>
        AskAsync(proxy => proxy.RereadAsync(), Patience, stop);

    public Task AddGroupAsync(string group, CancellationToken stop) =>
        AskAsync(proxy => proxy.CallAsync("addProcessGroup", group), Patience, stop);

    /// <param name="group">All of its processes have stopped.</param>
    public Task RemoveGroupAsync(string group, CancellationToken stop) =>
        AskAsync(proxy => proxy.CallAsync("removeProcessGroup", group), Patience, stop);

    /// <summary>Makes the file read last true for an active group, one process after the other.</summary>
    /// <returns>One for each process that was done, in that order; the first with an error ended it. Or why all of the
    /// group has to stop for the change, and nothing was done.</returns>
    public Task<(IReadOnlyList<ProcessOutcome> Outcomes, string? WhyAtOnce)> RollUpdateAsync(
        string group, CancellationToken stop) =>
        AskAsync(async proxy =>
        {
            try
            {
                var results = ServerProxy.Structs(await proxy.CallAsync("rota.rollingUpdate", group));
                return ((IReadOnlyList<ProcessOutcome>)[.. results.Select(Outcome)], (string?)null);
            }
            catch (XmlRpcFault fault) when ((FaultCode)fault.Code == FaultCode.StillRunning)
            {
                return ([], fault.Message[(fault.Message.LastIndexOf(": ", StringComparison.Ordinal) + 2)..]);
            }
            catch (XmlRpcFault fault) when ((FaultCode)fault.Code == FaultCode.UnknownMethod)
            {
                return ([], "this supervisord cannot do it one by one");
            }
        }, RollPatience, stop);

    /// <summary>Begins to stop all processes; then the daemon starts anew with its file read again.</summary>
    public Task RestartDaemonAsync(CancellationToken stop) =>
        AskAsync(proxy => proxy.CallAsync("restart"), Patience, stop);

    /// <summary>Begins to stop all processes; then the daemon ends.</summary>
    public Task ShutDownDaemonAsync(CancellationToken stop) =>
        AskAsync(proxy => proxy.CallAsync("shutdown"), Patience, stop);

    /// <summary>Bytes; 0 where nothing was written yet.</summary>
    public Task<long> LogSizeAsync(ProcessName name, OutputChannel channel, CancellationToken stop) =>
        AskAsync(async proxy => await proxy.CallAsync($"tailProcess{channel}Log", $"{name}", 0, 0)
            is List<object?> and [_, long size, ..] ? size : 0, Patience, stop);

    /// <summary>A piece of a log.</summary>
    /// <returns>Null where supervisord stumbles over bytes that are no UTF-8, a letter cut in two for example. Ours
    /// has U+FFFD in their place.</returns>
    public Task<string?> ReadLogAsync(
        ProcessName name, OutputChannel channel, long offset, int length, CancellationToken stop) =>
        AskAsync(async proxy =>
        {
            try
            {
                return (string?)await proxy.TextAsync($"readProcess{channel}Log", $"{name}", offset, length);
            }
            catch (StatusException error) when (error.Status == 500)
            {
                return null;
            }
        }, Patience, stop);

    /// <summary>Of one process the answer is true or a fault, of a group a result for each.</summary>
    private Task<IReadOnlyList<ProcessOutcome>> OutcomesAsync(
        ProcessName name, string method, object?[] arguments, TimeSpan patience, CancellationToken stop) =>
        AskAsync(async proxy => await proxy.CallAsync(method, arguments) is List<object?> results
            ? (IReadOnlyList<ProcessOutcome>)[.. ServerProxy.Structs(results).Select(Outcome)]
            : [new ProcessOutcome(name, Error: null)], patience, stop);

    private static ProcessOutcome Outcome(OrderedDictionary<string, object?> result) => new(
        ProcessInfo.NameOf(result), (FaultCode)ServerProxy.Number(result, "status") == FaultCode.Success
            ? null : ServerProxy.Text(result, "description"));

    private static XmlRpcFault? FaultOf(object? answer) =>
        answer is OrderedDictionary<string, object?> members && members.ContainsKey("faultCode")
            ? new XmlRpcFault((int)ServerProxy.Number(members, "faultCode"), ServerProxy.Text(members, "faultString"))
            : null;

    private async Task<T> AskAsync<T>(Func<ServerProxy, Task<T>> call, TimeSpan patience, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            return await call(new ServerProxy(_address, either.Token) { TakesControls = true });
        }
        catch (OperationCanceledException error) when (!stop.IsCancellationRequested)
        {
            throw new SupervisorException(SupervisorProblem.Away,
                $"It did not answer within {patience.TotalSeconds:0} s.", error);
        }
        catch (Exception error) when (SupervisorException.Of(error) is not null)
        {
            throw SupervisorException.Of(error)!;
        }
    }
}
