using System.Text.Json;
using System.Text.Json.Nodes;
using Rota.Supervisor.Client;
using Rota.Supervisor.Processes;
using Rota.Web.Api;

namespace Rota.Web.Supervisors;

/// <summary>What an update would do to one group.</summary>
public enum GroupMove { Starts, Restarts, Stops }

/// <summary>One group that the file has changed.</summary>
/// <param name="Processes">Those that will be there, or that will be gone.</param>
/// <param name="Changes">What differs in options that supervisors tell of, by process: <c>web:web_0.command</c>. Empty
/// where only others differ, such as the environment, or where the file was read in between.</param>
/// <param name="WhyAtOnce">After an update one by one: why all of this group stopped all the same; else null.</param>
public sealed record GroupChange(string Group, GroupMove Move, IReadOnlyList<string> Processes,
    IReadOnlyList<FieldChangeView> Changes, string? WhyAtOnce = null);

/// <summary>How processes are configured, what the file says now, and the update that makes it so.</summary>
internal sealed class ConfigOperations(SupervisorOperations supervisors)
{
    /// <summary>How one process is configured by the newest reading of the file; null when it is not there any more.
    /// </summary>
    public Task<ProcessSettings?> FindAsync(string supervisor, ProcessName name, CancellationToken stop) =>
        supervisors.AskAsync(supervisor, name, async client =>
            (await client.SettingsAsync(stop)).FirstOrDefault(one => one.Name == name));

    /// <summary>Reads the file anew and tells what an update would change. Nothing is started or stopped.</summary>
    /// <returns>In the order in which it is done; empty when the file says what runs.</returns>
    /// <exception cref="ConflictException"><c>supervisor.file</c>: it has a mistake.</exception>
    public Task<IReadOnlyList<GroupChange>> DiffAsync(string supervisor, CancellationToken stop) =>
        supervisors.AskAsync(supervisor, name: null, async client =>
        {
            var before = await client.SettingsAsync(stop);
            var diff = await client.RereadAsync(stop);
            return Changes(diff, before, await client.SettingsAsync(stop));
        });

    /// <summary>Makes the file true: stops groups that are gone, restarts what changed, starts what is new. It is
    /// carried through also when the caller leaves.</summary>
    /// <param name="groups">Only these; empty for all.</param>
    /// <param name="isRolling">First what changed, one process after the other where the change lets it: those that
    /// are the same run on.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="ConflictException"><c>supervisor.refused</c>: a process of an update one by one did not come
    /// up. What would have come after it runs on as it did.</exception>
    public Task<IReadOnlyList<GroupChange>> UpdateAsync(
        string supervisor, IReadOnlyList<string> groups, bool isRolling, CancellationToken stop) =>
        supervisors.AskAsync(supervisor, name: null, async client =>
        {
            var changes = await DiffAsync(supervisor, stop);
            List<GroupChange> wanted =
                [.. changes.Where(change => groups.Count == 0 || groups.Contains(change.Group))];
            var rolled = new HashSet<string>();
            for (var index = 0; isRolling && index < wanted.Count; index++)
            {
                if (wanted[index].Move != GroupMove.Restarts)
                    continue;
                wanted[index] = wanted[index] with { WhyAtOnce = await RollAsync(client, wanted[index].Group) };
                if (wanted[index].WhyAtOnce is null)
                    rolled.Add(wanted[index].Group);
            }
            foreach (var change in wanted.Where(change => !rolled.Contains(change.Group)))
                await ApplyAsync(client, change);
            return (IReadOnlyList<GroupChange>)wanted;
        });

    /// <summary>Null; or why all of the group has to stop for the change, and nothing was done.</summary>
    private static async Task<string?> RollAsync(SupervisorClient client, string group)
    {
        var (outcomes, whyAtOnce) = await client.RollUpdateAsync(group, CancellationToken.None);
        if (outcomes is [.., { Error: { } error } last])
        {
            throw new ConflictException("supervisor.refused", $"The update ended with {last.Name}: {error}",
                "The processes after it run on as they were. Mend the file, and repeat.");
        }
        return whyAtOnce;
    }

    private static async Task ApplyAsync(SupervisorClient client, GroupChange change)
    {
        if (change.Move != GroupMove.Starts)
        {
            await client.StopAsync(new ProcessName(change.Group, null), waits: true, CancellationToken.None);
            await client.RemoveGroupAsync(change.Group, CancellationToken.None);
        }
        if (change.Move != GroupMove.Stops)
            await client.AddGroupAsync(change.Group, CancellationToken.None);
    }

    private static IReadOnlyList<GroupChange> Changes(
        ConfigDiff diff, IReadOnlyList<ProcessSettings> before, IReadOnlyList<ProcessSettings> after) =>
        [.. diff.Removed.Select(group => new GroupChange(group, GroupMove.Stops, Names(before, group), [])),
            .. diff.Changed.Select(group => new GroupChange(group, GroupMove.Restarts, Names(after, group),
                FieldDiff.Of(ToJson(before, group), ToJson(after, group)))),
            .. diff.Added.Select(group => new GroupChange(group, GroupMove.Starts, Names(after, group), []))];

    private static List<string> Names(IReadOnlyList<ProcessSettings> settings, string group) =>
        [.. settings.Where(one => one.Name.Group == group).Select(one => $"{one.Name}")];

    private static JsonElement ToJson(IReadOnlyList<ProcessSettings> settings, string group) =>
        JsonSerializer.SerializeToElement(new JsonObject(settings.Where(one => one.Name.Group == group)
            .Select(one => KeyValuePair.Create($"{one.Name}", (JsonNode?)ToJson(one)))));

    /// <summary>Options by name; a command without the secrets that its options name.</summary>
    public static JsonObject ToJson(ProcessSettings settings) => new(settings.Options.Select(option =>
        KeyValuePair.Create(option.Name, ToJson(option.Name == "command" ? CommandMask.Of($"{option.Value}")
            : option.Value))));

    private static JsonNode? ToJson(object? value) => value switch
    {
        List<object?> list => new JsonArray([.. list.Select(ToJson)]),
        bool flag => flag,
        long number => number,
        null => null,
        _ => $"{value}",
    };
}
