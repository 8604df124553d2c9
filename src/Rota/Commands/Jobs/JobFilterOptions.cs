using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary>Which jobs a command means; the names are those of the API.</summary>
internal sealed class JobFilterOptions
{
    private readonly Option<string?>[] _options =
    [
        Of("state", "Only jobs in this state"), Of("kind", "Only jobs of this kind"),
        Of("queue", "Only jobs of this queue"),
        Of("tag", "Only jobs with this tag"), Of("schedule", "Only jobs of this schedule"),
        Of("reason", "Only jobs that failed for this reason"), Of("project", "Only jobs of this project"),
        Of("q", "Only jobs whose key, arguments or error contain this text"),
    ];

    public JobFilterOptions()
    {
        _options[0].AcceptOnlyFromAmong([.. Enum.GetNames<JobState>().Select(name => name.ToLowerInvariant())]);
        var reasons = Enum.GetNames<FailReason>().Skip(1);
        _options[5].AcceptOnlyFromAmong([.. reasons.Select(name => name.ToLowerInvariant())]);
    }

    public IEnumerable<Symbol> All => _options;

    public IEnumerable<(string Name, string Value)> Values(Session session) =>
        from option in _options
        where session.Get(option) is { Length: > 0 }
        select (option.Name[2..], session.Get(option));

    public JsonObject ToJson(Session session) => new(Values(session)
        .Select(value => KeyValuePair.Create(value.Name, (JsonNode?)JsonValue.Create(value.Value))));

    private static Option<string?> Of(string name, string description) =>
        new($"--{name}") { Description = description };
}

/// <summary>A query string.</summary>
internal sealed class Query(IEnumerable<(string Name, string Value)> values)
{
    private readonly List<(string Name, string Value)> _values = [.. values];

    public Query Add(string name, object? value)
    {
        if (value is not null)
            _values.Add((name, value.ToString()!));
        return this;
    }

    public override string ToString() => _values.Count == 0 ? "" : "?" + string.Join('&', _values.Select(value =>
        $"{value.Name}={Uri.EscapeDataString(value.Value)}"));
}
