using Rota.Workers;
using Xunit;

namespace Rota.Tests.Workers;

/// <summary>In which order a claim asks the queues.</summary>
public sealed class QueueOrderTests
{
    [Fact]
    public void No_queues_are_all_queues() => Assert.Empty(new QueueOrder([], "n1", new Random(1)).Next());

    [Fact]
    public void Queues_without_weights_keep_their_order()
    {
        var order = new QueueOrder(["z", "a", "m"], "n1", new Random(1));

        for (var claim = 0; claim < 100; claim++)
            Assert.Equal(["node:n1", "z", "a", "m"], order.Next());
    }

    [Fact]
    public void A_queue_comes_behind_the_node_s_own_as_often_as_its_weight_says()
    {
        const int Claims = 60_000;
        var order = new QueueOrder(["a=1", "b=2", "c=3"], "n1", new Random(1));

        var first = Enumerable.Range(0, Claims).CountBy(_ => order.Next()[1]).ToDictionary();

        foreach (var (queue, share) in new[] { ("a", 1 / 6.0), ("b", 2 / 6.0), ("c", 3 / 6.0) })
            Assert.InRange(first[queue] / (double)Claims, share - 0.01, share + 0.01);
    }

    [Fact]
    public void Each_queue_stands_in_every_order_once()
    {
        var order = new QueueOrder(["a=1", "b=1000", "c=3"], "n1", new Random(1));

        for (var claim = 0; claim < 100; claim++)
            Assert.Equal(["a", "b", "c", "node:n1"], order.Next().Order());
    }

    [Fact]
    public void Queues_without_a_weight_come_before_weighted_ones_as_written()
    {
        var order = new QueueOrder(["b=5", "urgent", "a=5", "soon"], "n1", new Random(1));

        for (var claim = 0; claim < 100; claim++)
            Assert.Equal(["node:n1", "urgent", "soon"], order.Next().Take(3));
    }

    [Theory]
    [InlineData("")]
    [InlineData("mail=")]
    [InlineData("mail=0")]
    [InlineData("mail=1001")]
    [InlineData("mail=-1")]
    [InlineData("mail=many")]
    [InlineData("=3")]
    [InlineData("a b=3")]
    public void A_wrong_queue_names_the_setting(string text)
    {
        var error = Assert.Throws<InvalidFieldException>(() => new QueueOrder([text], "n1", new Random(1)));

        Assert.Equal("Workers:Queues", error.Field);
    }
}
