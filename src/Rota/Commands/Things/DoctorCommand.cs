using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota doctor</c>: what may be wrong and what to do, with a server or without.</summary>
internal static class DoctorCommand
{
    public static Command Create(Globals globals)
    {
        var options = new HostOptions();
        return globals.Client("doctor", "Check this installation, and the server when one answers",
            async (session, stop) =>
        {
            var findings = Offline(session, options);
            findings.AddRange(await OnlineAsync(session, stop));
            var items = new JsonArray([.. findings.Select(finding => JsonNode.Parse(finding.GetRawText()))]);
            var answer = new Answer(200, new JsonObject { ["items"] = items }.ToJsonString());
            session.Print(answer, _ => Write(session, findings));
            return findings.Exists(finding => finding.Text("state") == "fail") ? ExitCode.Failed : ExitCode.Ok;
        }, [.. options.All]);
    }

    private static List<JsonElement> Offline(Session session, HostOptions options)
    {
        try
        {
            return [.. MachineChecks.All(options.Read(session)).Select(finding => finding.ToJson())];
        }
        catch (SettingsException error)
        {
            return [.. error.Problems.Select(problem =>
                new Check("settings", "fail", problem.Message, problem.Hint).ToJson())];
        }
    }

    private static async Task<IEnumerable<JsonElement>> OnlineAsync(Session session, CancellationToken stop)
    {
        try
        {
            return (await session.Server.GetAsync("doctor", stop)).Items;
        }
        catch (NoServerException error)
        {
            return [new Check("server", "warn", error.Message, error.Hint).ToJson()];
        }
        catch (ServerProblem error)
        {
            return [new Check("server", "warn", error.Message,
                error.Hint ?? "give an administrator's token: --token").ToJson()];
        }
    }

    private static void Write(Session session, List<JsonElement> findings)
    {
        var grid = new Grid("Check", "State", "Finding");
        foreach (var finding in findings)
        {
            var hint = finding.TextOrNull("hint") is { Length: > 0 } told && finding.Text("state") != "ok"
                ? $" → {told}" : "";
            grid.Add(finding.Text("name"), Show.State(finding.Text("state")), finding.Text("text") + hint);
        }
        grid.Write(session.Terminal, "");
    }
}
