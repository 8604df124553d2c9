using Rota.Web.Console.Live;
using Xunit;

namespace Rota.Tests.Web;

public class RefreshPaceTests
{
    [Fact]
    public void A_few_pages_hear_every_change_each_second() =>
        Assert.Equal(TimeSpan.FromSeconds(1), Pace(TimeSpan.FromMilliseconds(8)).Between(pages: 3));

    [Fact]
    public void A_hundred_pages_take_a_thirtieth_of_the_machine_at_most()
    {
        var cost = TimeSpan.FromMilliseconds(8);

        var share = 100 * cost / (Pace(cost).Between(pages: 100) * Environment.ProcessorCount);

        Assert.InRange(share, 0.01, 0.034);
    }

    [Fact]
    public void However_dear_a_page_is_it_is_told_after_half_a_minute() =>
        Assert.Equal(TimeSpan.FromSeconds(30), Pace(TimeSpan.FromSeconds(5)).Between(pages: 10));

    private static RefreshPace Pace(TimeSpan cost)
    {
        var pace = new RefreshPace();
        for (var times = 0; times < 200; times++)
            pace.Took(cost);
        return pace;
    }
}
