using Xunit;

namespace Rota.Tests.Web;

public sealed class FindTests(WebHost host) : IClassFixture<WebHost>
{
    [Theory]
    [InlineData("", "/console/jobs")] // the pages
    [InlineData("ERR", "/console/errors")]
    [InlineData("say", "/console/jobs?kind=")]
    [InlineData("nding", "/console/jobs?queue=finding")]
    public async Task Things_are_found_by_a_piece_of_their_name(string text, string address)
    {
        await host.EnqueueAsync("test.say", new { text = "hello" }, new { queue = "finding" });

        Assert.Contains($"href=\"{address}", await PageAsync(host.Viewer, text));
    }

    [Fact]
    public async Task A_job_is_found_by_its_number_and_what_a_role_may_not_do_is_not()
    {
        var id = await host.EnqueueAsync("test.say", new { text = "hello" });

        Assert.Contains($"href=\"/console/jobs/{id}\"", await PageAsync(host.Viewer, id.ToString()));
        Assert.Contains("/console/schedules/-/new", await PageAsync(host.Operator, "new sch"));
        Assert.DoesNotContain("/console/schedules/-/new", await PageAsync(host.Viewer, "new sch"));
    }

    [Fact]
    public async Task What_is_not_there_leads_on_to_the_search_in_jobs() =>
        Assert.Contains("/console/jobs?q=%3Cb%3E", await PageAsync(host.Viewer, "<b>"));

    private static async Task<string> PageAsync(HttpClient client, string text)
    {
        var page = await client.GetStringAsync($"/console/find?q={Uri.EscapeDataString(text)}");
        var from = page.IndexOf("id=\"found\"", StringComparison.Ordinal);
        return page[from..page.IndexOf("</main>", StringComparison.Ordinal)];
    }
}
