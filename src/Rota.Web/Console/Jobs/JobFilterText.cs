using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Rota.Storage;
using Rota.Web.Api;

namespace Rota.Web.Console.Jobs;

/// <summary>A filter of jobs as one line of text: <c>kind:mail.send tag:"late shift" error:lost something</c>. Words
/// without a known name before the colon are text to look for.</summary>
public sealed record JobFilterText(JobFilter Filter, JobId? Id)
{
    /// <summary>Names that may stand before a colon, with what the fields of an address are called.</summary>
    private static readonly (string Token, string Field)[] Names =
    [
        ("kind", "kind"), ("queue", "queue"), ("tag", "tag"), ("schedule", "schedule"), ("error", "reason"),
        ("project", "project"), ("id", "id"),
    ];

    private const string State = "state", Search = "q";

    public static IEnumerable<string> Tokens => Names.Select(name => name.Token);

    /// <summary>Only the state is asked for, a kind, or a queue: counters can tell how many there are.</summary>
    public bool IsCounted => Id is null && Filter with { State = null, Kind = null, Queue = null } == new JobFilter();

    /// <exception cref="InvalidFieldException"><c>error:</c> or <c>id:</c> is followed by no such thing.</exception>
    public static JobFilterText Parse(string? text, JobState? state)
    {
        var (filter, id, words) = (new JobFilter { State = state }, (JobId?)null, new List<string>());
        foreach (var part in Split(text ?? ""))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var name = colon > 0 ? part[..colon] : "";
            var value = part[(colon + 1)..];
            if (value.Length == 0 || !Tokens.Contains(name))
                words.Add(part);
            else if (name == "id")
                id = ParseId(value);
            else
                filter = With(filter, name, value);
        }
        return new JobFilterText(filter with { Search = words.Count > 0 ? string.Join(' ', words) : null }, id);
    }

    /// <summary>From the fields of an address, as other pages link to lists.</summary>
    public static JobFilterText Read(Func<string, string?> field)
    {
        var state = Words.ParseEnum<JobState>(State, Given(field(State)));
        var typed = Parse(field("filter"), state);
        var all = new StringBuilder(typed.ToString());
        foreach (var (token, name) in Names)
        {
            if (Given(field(name)) is { } value)
                all.Append(' ').Append(token).Append(':').Append(Quote(value));
        }
        return Parse($"{all} {field(Search)}", state);
    }

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    private static JobFilter With(JobFilter filter, string name, string value) => name switch
    {
        "kind" => filter with { Kind = value },
        "queue" => filter with { Queue = value },
        "tag" => filter with { Tag = value },
        "schedule" => filter with { Schedule = value },
        "error" => filter with { Reason = Words.ParseEnum<FailReason>("error", value) },
        _ => filter with { Project = value },
    };

    private static JobId ParseId(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new JobId(id)
            : throw new InvalidFieldException("id", $"'{text}' is no number of a job.", "Write id:123.");

    // Words by spaces; within quotation marks a space is a part of the word.
    private static IEnumerable<string> Split(string text)
    {
        var (word, isQuoted) = (new StringBuilder(), false);
        foreach (var character in text)
        {
            if (character == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && char.IsWhiteSpace(character))
            {
                if (word.Length > 0)
                    yield return word.ToString();
                word.Clear();
            }
            else
                word.Append(character);
        }
        if (word.Length > 0)
            yield return word.ToString();
    }

    /// <summary>The line of text, without the state.</summary>
    public override string ToString() => string.Join(' ', Values().Select(value => value.Field == Search
        ? value.Value : $"{Names.First(name => name.Field == value.Field).Token}:{Quote(value.Value)}"));

    private static string Quote(string value) => value.Any(char.IsWhiteSpace) ? $"\"{value}\"" : value;

    /// <summary>The address of a page with this filter.</summary>
    /// <param name="state">Instead of the filter's own; null for all states.</param>
    public string Address(string path, JobState? state, params (string Field, string? Value)[] more)
    {
        var fields = Values().Select(one => (one.Field, (string?)one.Value))
            .Append((State, state is { } given ? Words.Of(given) : null)).Concat(more)
            .Where(field => !string.IsNullOrEmpty(field.Item2))
            .Select(field => KeyValuePair.Create(field.Item1, field.Item2));
        return QueryHelpers.AddQueryString(path, fields);
    }

    private IEnumerable<(string Field, string Value)> Values()
    {
        (string Field, string? Value)[] all =
        [
            ("kind", Filter.Kind), ("queue", Filter.Queue), ("tag", Filter.Tag), ("schedule", Filter.Schedule),
            ("reason", Filter.Reason is { } reason ? Words.Of(reason) : null), ("project", Filter.Project),
            ("id", Id?.ToString()), (Search, Filter.Search),
        ];
        return all.Where(one => one.Value is not null).Select(one => (one.Field, one.Value!));
    }
}
