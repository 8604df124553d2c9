using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>How a process is, as far as supervisorctl shows it.</summary>
internal sealed record ProcessStatus(string Group, string Name, ProcessState State, string StateName,
    string Description, int Pid);

/// <summary>Calls the methods of a daemon.</summary>
/// <remarks>Throws <see cref="XmlRpcFault"/> for a fault, <see cref="StatusException"/> for an answer other than 200,
/// and what <see cref="ServerConnection.OpenAsync"/> throws.</remarks>
internal sealed class ServerProxy(ServerAddress address)
{
    /// <param name="method">Of supervisor's own, or with another namespace before a dot.</param>
    public async Task<object?> CallAsync(string method, params object?[] arguments)
    {
        using var connection = await ServerConnection.OpenAsync(address, CancellationToken.None);
        var (status, reason, headers) = await connection.SendAsync("POST", "/RPC2",
            XmlRpcWriter.Call(method.Contains('.') ? method : $"supervisor.{method}", arguments),
            CancellationToken.None);
        if (status != 200)
            throw new StatusException(status, reason);

        var body = new MemoryStream();
        await foreach (var piece in connection.PiecesAsync(headers))
            body.Write(piece.Span);
        try
        {
            return XmlRpcReader.ReadAnswer(body.ToArray());
        }
        catch (FormatException bad)
        {
            throw new ClientError("xml.parsers.expat.ExpatError", bad.Message);
        }
    }

    public async Task<string> TextAsync(string method, params object?[] arguments) =>
        $"{await CallAsync(method, arguments)}";

    /// <summary>Of a method that answers with one result for each process.</summary>
    public async Task<List<ProcessResult>> ResultsAsync(string method, params object?[] arguments) =>
        Structs(await CallAsync(method, arguments)).Select(result => new ProcessResult(Text(result, "name"),
            Text(result, "group"), (FaultCode)Number(result, "status"), Text(result, "description"))).ToList();

    public async Task<List<ProcessStatus>> ProcessesAsync() =>
        (await InfosAsync()).Select(Status).ToList();

    /// <summary>All that the daemon tells of its processes, by group and name.</summary>
    public async Task<List<OrderedDictionary<string, object?>>> InfosAsync() =>
        Structs(await CallAsync("getAllProcessInfo")).ToList();

    public async Task<ProcessStatus> ProcessAsync(string name) =>
        Status(Struct(await CallAsync("getProcessInfo", name)));

    public async Task<List<OrderedDictionary<string, object?>>> ConfigsAsync() =>
        Structs(await CallAsync("getAllConfigInfo")).ToList();

    /// <summary>The groups that a reread finds new, changed and gone.</summary>
    public async Task<ConfigDiff> RereadAsync()
    {
        var answer = (await CallAsync("reloadConfig") as List<object?>)?[0] as List<object?>;
        List<string> Names(int index) =>
            answer?[index] is List<object?> names ? names.Select(name => $"{name}").ToList() : [];
        return new ConfigDiff(Names(0), Names(1), Names(2));
    }

    public static string Text(OrderedDictionary<string, object?> members, string name) =>
        $"{members.GetValueOrDefault(name)}";

    public static long Number(OrderedDictionary<string, object?> members, string name) =>
        members.GetValueOrDefault(name) is long number ? number : 0;

    private static ProcessStatus Status(OrderedDictionary<string, object?> info) => new(Text(info, "group"),
        Text(info, "name"), (ProcessState)Number(info, "state"), Text(info, "statename"), Text(info, "description"),
        (int)Number(info, "pid"));

    private static IEnumerable<OrderedDictionary<string, object?>> Structs(object? answer) =>
        (answer as List<object?> ?? []).Select(Struct);

    private static OrderedDictionary<string, object?> Struct(object? answer) =>
        answer as OrderedDictionary<string, object?> ?? [];
}
