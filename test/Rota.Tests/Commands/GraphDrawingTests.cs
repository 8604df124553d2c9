using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

public sealed class GraphDrawingTests
{
    private static GraphJob Job(long id, string state = "queued", string note = "") => new(id, "k", state, note);

    private static string Draw(IEnumerable<GraphJob> jobs, (long, long)[] edges, GraphMore[]? more = null,
        bool isAscii = false) =>
        string.Join('\n', new GraphDrawing([.. jobs], edges, more ?? []).Lines()
            .Select(line => isAscii ? line.ToAscii() : line)
            .Select(line => $"{line.Before}{line.State}{line.After}".TrimEnd()));

    [Fact]
    public void A_chain_is_one_straight_line() => Assert.Equal("""
        ● 9   k  succeeded  0.3 s
        ● 10  k  running    2.0 s
        ● 11  k  blocked    waits for 1 job
        """, Draw([Job(9, "succeeded", "0.3 s"), Job(10, "running", "2.0 s"), Job(11, "blocked", "waits for 1 job")],
        [(9, 10), (10, 11)]));

    [Fact]
    public void A_diamond_leaves_the_line_and_comes_back() => Assert.Equal("""
        ●  1  k  succeeded
        ├─ 2  k  succeeded
        ├─ 3  k  running
        ●  4  k  blocked
        """, Draw([Job(1, "succeeded"), Job(2, "succeeded"), Job(3, "running"), Job(4, "blocked")],
        [(1, 2), (1, 3), (2, 4), (3, 4)]));

    [Fact]
    public void Without_Unicode_it_is_drawn_with_ASCII() => Assert.Equal("""
        *  1  k  queued
        +- 2  k  queued
        +- 3  k  queued
        *  4  k  queued
        """, Draw(Enumerable.Range(1, 4).Select(id => Job(id)), [(1, 2), (1, 3), (2, 4), (3, 4)], isAscii: true));

    [Fact]
    public void Sides_of_a_diamond_that_go_on_have_lanes_of_their_own() => Assert.Equal("""
        ●   1  k  queued
        ├─┐
        ● │ 2  k  queued
        │ ● 3  k  queued
        ● │ 4  k  queued
        ├─┘
        ●   5  k  queued
        """, Draw(Enumerable.Range(1, 5).Select(id => Job(id)), [(1, 2), (1, 3), (2, 4), (4, 5), (3, 5)]));

    [Fact]
    public void Lanes_cross_where_they_must() => Assert.Equal("""
        ●     1  k  queued
        ├─┬─┐
        ● │ │ 2  k  queued
        │ ● │ 3  k  queued
        │ │ ● 4  k  queued
        │ │ ● 5  k  queued
        ├─┼─┘
        ● │   6  k  queued
        ├─┘
        ●     7  k  queued
        """, Draw(Enumerable.Range(1, 7).Select(id => Job(id)),
        [(1, 2), (1, 3), (1, 4), (2, 6), (4, 5), (5, 6), (3, 7), (6, 7)]));

    [Fact]
    public void A_batch_of_30_with_callbacks_is_folded()
    {
        var members = Enumerable.Range(1, 30).Select(id => Job(id, id <= 2 ? "succeeded" : "queued"));
        var edges = Enumerable.Range(1, 30).Select(id => ((long)id, 31L)).Concat([(31, 32), (31, 33)]);
        var expected = string.Join('\n', [
            "┌─ 1   k  succeeded", "├─ 2   k  succeeded",
            .. Enumerable.Range(3, 20).Select(id => $"├─ {id,-2}  k  queued"), "├─ … 8 more queued",
            "●  31  k  blocked    waits for 28 jobs", "├─ 32  k  blocked", "└─ 33  k  blocked"]);

        Assert.Equal(expected, Draw(
            [.. members, Job(31, "blocked", "waits for 28 jobs"), Job(32, "blocked"), Job(33, "blocked")], [.. edges]));
    }

    [Fact]
    public void What_is_only_counted_stands_with_what_is_alike() => Assert.Equal("""
        ┌─ 1  k  queued
        ├─ 2  k  failed
        ├─ … 9,980 more queued
        ├─ … 3 more running
        ●  9  k  blocked
        """, Draw([Job(1), Job(2, "failed"), Job(9, "blocked")], [(1, 9), (2, 9)],
        [new GraphMore("queued", 9_980, [], [9]), new GraphMore("running", 3, [], [9])]));

    [Fact]
    public void What_is_only_counted_is_drawn_alone_too() => Assert.Equal("""
        ● 1  k  queued
        ● … 7 more blocked
        """, Draw([Job(1)], [], [new GraphMore("blocked", 7, [1], [])]));

    [Fact]
    public void A_second_beginning_does_not_hang_on_what_ended_above_it() => Assert.Equal("""
        ●     1  k  queued
        ├─┐
        ● │   2  k  queued
          │ ● 3  k  queued
          ├─┘
          ●   4  k  queued
        """, Draw(Enumerable.Range(1, 4).Select(id => Job(id)), [(1, 2), (1, 4), (3, 4)]));
}
