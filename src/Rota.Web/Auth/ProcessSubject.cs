using System.Text.Json.Nodes;
using Rota.Supervisor.Processes;
using Rota.Web.Supervisors;

namespace Rota.Web.Auth;

/// <summary>States and pids of the processes that a call is about, before and right after it: what it started may be
/// STARTING yet.</summary>
internal sealed class ProcessSubject(SupervisorOperations operations) : IAuditSubject
{
    public IReadOnlyList<string> Actions => ["processes.start", "processes.stop", "processes.restart"];

    /// <param name="name">Such as <c>main/web:web_0</c> or <c>main/web:*</c>.</param>
    public async Task<JsonNode?> FindAsync(string name, CancellationToken stop)
    {
        var slash = name.IndexOf('/');
        if (slash < 0)
            return null;
        try
        {
            var processes = await operations.FindAsync(name[..slash], ProcessName.Parse(name[(slash + 1)..]), stop);
            return new JsonObject(processes.Select(process => KeyValuePair.Create($"{process.Name}",
                (JsonNode?)new JsonObject { ["state"] = process.State.Word, ["pid"] = process.Info.Pid })));
        }
        catch (RotaException error) when (error.Code == SupervisorErrors.AwayCode)
        {
            return null;
        }
    }
}
