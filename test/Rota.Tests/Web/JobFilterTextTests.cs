using Rota.Storage;
using Rota.Web.Console.Jobs;
using Xunit;

namespace Rota.Tests.Web;

public sealed class JobFilterTextTests
{
    [Fact]
    public void Words_with_a_known_name_are_fields_and_all_others_are_looked_for()
    {
        var text = JobFilterText.Parse(
            "kind:mail.send  some tag:\"late shift\" error:timeout http://x thing schedule:s queue:q project:p", null);

        Assert.Equal(new JobFilter
        {
            Kind = "mail.send",
            Tag = "late shift",
            Reason = FailReason.Timeout,
            Schedule = "s",
            Queue = "q",
            Project = "p",
            Search = "some http://x thing",
        }, text.Filter);
    }

    [Theory]
    [InlineData("")]
    [InlineData("kind:mail.send")]
    [InlineData("kind:mail.send queue:q tag:\"late shift\" error:lost id:12 two words")]
    public void What_is_written_reads_back_the_same(string line)
    {
        var text = JobFilterText.Parse(line, JobState.Failed);

        Assert.Equal(line, text.ToString());
        Assert.Equal(text, JobFilterText.Parse(text.ToString(), JobState.Failed));
    }

    [Fact]
    public void An_address_with_fields_says_the_same_as_the_line()
    {
        var text = JobFilterText.Parse("kind:a&b tag:\"late shift\" two words", JobState.Failed);

        var address = text.Address("/console/jobs", JobState.Failed, ("before", "7"), ("columns", null));

        Assert.Equal("/console/jobs?kind=a%26b&tag=late%20shift&q=two%20words&state=failed&before=7", address);
        var fields = address.Split('?')[1].Split('&').Select(field => field.Split('='))
            .ToDictionary(field => field[0], field => Uri.UnescapeDataString(field[1]));
        Assert.Equal(text, JobFilterText.Read(name => fields.GetValueOrDefault(name)));
    }

    [Theory]
    [InlineData("error:nonsense", "error")]
    [InlineData("id:x1", "id")]
    public void A_value_that_is_none_is_refused_with_its_name(string line, string field) =>
        Assert.Equal(field, Assert.Throws<InvalidFieldException>(() => JobFilterText.Parse(line, null)).Field);

    [Theory]
    [InlineData("kind:a queue:b", true)]
    [InlineData("tag:a", false)]
    [InlineData("id:5", false)]
    [InlineData("text", false)]
    public void Counters_tell_only_of_states_kinds_and_queues(string line, bool isCounted) =>
        Assert.Equal(isCounted, JobFilterText.Parse(line, JobState.Failed).IsCounted);
}
