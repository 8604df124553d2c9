using System.Text.RegularExpressions;
using Xunit;

namespace Rota.Tests.House;

/// <summary>docs/job-states.md says what the code does.</summary>
public sealed partial class JobStatesTests
{
    private const int TimeoutMs = 5_000;
    private static readonly string Page = Repository.Read("docs/job-states.md");

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static IEnumerable<string> Coded =>
        from state in Enum.GetValues<JobState>()
        from what in Enum.GetValues<JobEvent>()
        let after = state.After(what)
        where after is not null
        select $"{Word(state)} {Word(what)} {Word(after.Value)}";

    [GeneratedRegex(@"^ *(?<from>\w+) --> (?<to>\w+): (?<what>.+)$", RegexOptions.Multiline, TimeoutMs)]
    private static partial Regex Arrow();

    [GeneratedRegex(@"^\| (?<from>\w+) \| (?<what>\w+) \| (?<to>\w+) \| [^|]+ \|$", RegexOptions.Multiline, TimeoutMs)]
    private static partial Regex Row();

    [Fact]
    public void The_drawing_has_the_moves_of_the_code()
    {
        var drawn =
            from arrow in Arrow().Matches(Page)
            from what in arrow.Groups["what"].Value.Split(", ")
            select $"{arrow.Groups["from"].Value} {what} {arrow.Groups["to"].Value}";

        Assert.Equal(Coded.Order(), drawn.Order());
    }

    [Fact]
    public void The_table_has_the_moves_of_the_code()
    {
        var written = Row().Matches(Page.Split("## Why")[0])
            .Select(row => $"{row.Groups["from"].Value} {row.Groups["what"].Value} {row.Groups["to"].Value}")
            .Where(row => row != "from event to");

        Assert.Equal(Coded.Order(), written.Order());
    }

    [Fact]
    public void The_final_states_of_the_drawing_are_those_of_the_code()
    {
        var drawn = Enum.GetValues<JobState>().Where(state => Page.Contains($" {Word(state)} --> [*]"));

        Assert.Equal(Enum.GetValues<JobState>().Where(state => state.IsFinal), drawn);
    }

    [Fact]
    public void Every_reason_is_explained() => Assert.All(
        Enum.GetValues<FailReason>().Where(reason => reason != FailReason.None),
        reason => Assert.Contains($"\n| {Word(reason)} | ", Page, StringComparison.Ordinal));

    [Fact]
    public void Every_state_has_its_name_in_other_systems() => Assert.All(
        Enum.GetValues<JobState>(),
        state => Assert.Contains($"\n| {Word(state)} | ", Page.Split("## Other")[1], StringComparison.Ordinal));

    [Fact]
    public void What_has_ended_never_moves() => Assert.All(
        Enum.GetValues<JobState>().Where(state => state.IsFinal),
        state => Assert.All(Enum.GetValues<JobEvent>(), what => Assert.Null(state.After(what))));

    [Fact]
    public void The_sources_of_an_event_are_the_states_that_it_moves() => Assert.All(
        Enum.GetValues<JobEvent>(),
        what => Assert.Equal(
            Enum.GetValues<JobState>().Where(state => state.After(what) is not null), JobLifecycle.Sources(what)));
}
