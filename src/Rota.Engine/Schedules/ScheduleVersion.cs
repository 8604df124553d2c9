using System.Text.Json;
using Rota.Storage;

namespace Rota.Schedules;

/// <summary>What a caller did to a schedule. The numbers are stored.</summary>
public enum ScheduleChange
{
    Made = 0,
    Changed = 1,
    Paused = 2,
    Resumed = 3,
    Removed = 4,
}

/// <summary>A schedule's rule as it stood after one change.</summary>
/// <param name="Version">Counts the changes of this name, from 1 on, removals included.</param>
/// <param name="Actor">Who did it: a user, a token, or an owner such as <c>file:schedules.yaml</c>.</param>
public sealed record ScheduleVersion(
    long Version, DateTimeOffset At, string Actor, ScheduleChange Change, ScheduleRule Rule)
{
    /// <summary>The rule as it stood before; null for the first version, and for the oldest that is kept.</summary>
    public ScheduleRule? Before { get; init; }
}

/// <summary>All of a schedule that its callers decide; of its secrets only whether there are any.</summary>
public sealed record ScheduleRule
{
    public required string Project { get; init; }
    public required JsonElement Trigger { get; init; }
    public required string Kind { get; init; }
    public required JsonElement Args { get; init; }
    public JobOptions? Options { get; init; }
    public RunPolicy? Policy { get; init; }
    public string? Owner { get; init; }
    public bool IsPaused { get; init; }
    public bool HasSecrets { get; init; }

    /// <summary>UTF-8, with snake_case names.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, StoredJson.Default.ScheduleRule);

    public static ScheduleRule Of(Schedule schedule) => new()
    {
        Project = schedule.Project,
        Trigger = Element(System.Text.Encoding.UTF8.GetBytes(schedule.TriggerText)),
        Kind = schedule.Kind,
        Args = Element(schedule.Args),
        Options = schedule.Options,
        Policy = schedule.Policy,
        Owner = schedule.Owner,
        IsPaused = schedule.IsPaused,
        HasSecrets = schedule.HasSecrets,
    };

    public static ScheduleRule Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, StoredJson.Default.ScheduleRule)!;

    /// <summary>What puts this rule again, as nobody's own: who owns the schedule by now must not be passed by.
    /// </summary>
    /// <exception cref="InvalidFieldException"><c>trigger</c>: it cannot be read.</exception>
    internal ScheduleDefinition ToDefinition(string name) => new()
    {
        Name = name,
        Trigger = TriggerJson.Read(Trigger),
        Kind = Kind,
        Args = JsonSerializer.SerializeToUtf8Bytes(Args, StoredJson.Default.JsonElement),
        Options = Options,
        Policy = Policy ?? new RunPolicy(),
        IsPaused = IsPaused,
    };

    /// <summary>The rule that a put leaves behind.</summary>
    /// <param name="old">The schedule of that name as it stands, or null.</param>
    internal static ScheduleRule Of(SchedulePut put, Schedule? old) => new()
    {
        Project = put.Project,
        Trigger = Element(System.Text.Encoding.UTF8.GetBytes(TriggerJson.Write(put.Trigger))),
        Kind = put.Kind,
        Args = Element(put.Args),
        Options = put.Options,
        Policy = put.Policy,
        Owner = put.Owner,
        IsPaused = put.IsPaused ?? old?.IsPaused ?? false,
        HasSecrets = put.SetsSecrets ? put.SecretToken is not null : old?.HasSecrets ?? false,
    };

    /// <summary>Whether a put would leave the schedule as it is.</summary>
    internal static bool IsSame(Schedule schedule, SchedulePut put) =>
        schedule.Broken is null && !put.SetsSecrets && Of(schedule).IsSame(Of(put, schedule));

    /// <summary>Whether it says the same, in whatever order its fields are written.</summary>
    internal bool IsSame(ScheduleRule other) =>
        JsonElement.DeepEquals(JsonElement.Parse(ToJson()), JsonElement.Parse(other.ToJson()));

    // What cannot be read is kept as text: a broken schedule can be removed, too.
    private static JsonElement Element(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(
                System.Text.Encoding.UTF8.GetString(json.Span), StoredJson.Default.String);
        }
    }
}
