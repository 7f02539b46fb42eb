//! The numbers that tracking goes by.

/// How faces are tracked. Sizes are in face sizes: the mean of width and height of a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackSettings {
    /// A face that no search finds for longer, seconds, is forgotten; if it comes back, it is another one. One second
    /// covers a blink of the detector, a hand before the face and a look aside, but hardly a change of persons.
    pub forget_secs: f64,
    /// Frames farther apart, seconds, have nothing to do with each other: every face is a new one. Above
    /// `forget_secs`, so that a source of one frame a second keeps its faces though its frames come late.
    pub pause_secs: f64,
    /// Time constant of the scores, seconds: what is shown lags by about as much. Expressions that are meant to be seen
    /// last 0.5 to 4 s (Matsumoto & Hwang 2011), so that 0.3 s lets each be seen; of the noise of single frames at 30
    /// frames a second, a quarter is left. 0 and below: no smoothing.
    pub smoothing_secs: f64,
    /// Another label takes the place of the one shown when it is more probable by this, 0 to 1. A tenth is more than
    /// what is left of the noise after smoothing.
    pub label_margin: f32,
    /// A label that was sure stays until its probability is this much below the threshold, 0 to 1. Smaller than
    /// `label_margin`, because what the threshold promises holds only above it.
    pub sure_margin: f32,
    /// Time constant of the motion's estimate, seconds: some frames, for a detector's boxes tremble.
    pub velocity_secs: f64,
    /// Time constant with which an unseen motion ends, seconds: heads turn back, and a face must not leave the picture
    /// because it moved when it was seen last.
    pub coast_secs: f64,
    /// How far from where it is expected a face may be found at once, face sizes.
    pub reach: f32,
    /// How much farther for each second without a detection, face sizes a second.
    pub reach_per_sec: f32,
    /// The farthest, face sizes: beyond it is a neighbour's place.
    pub reach_most: f32,
    /// A face is not another one that is larger or smaller by more than this factor, above 1.
    pub growth_most: f32,
    /// Share of the work that searches are to take at most, above 0 to 1, as far as `search_secs` allows. Half: following
    /// faces instead can then at most double the frames a second.
    pub search_share: f64,
    /// A search that takes no longer than this, milliseconds, is made in every frame: a quarter of a frame at 60 frames a
    /// second is not worth a box that is not up to date.
    pub free_search_ms: f64,
    /// The longest time between two searches, seconds. A face that comes in is seen after so long at the latest, and
    /// boxes that are moved without a look go wrong in little more.
    pub search_secs: f64,
    /// Most faces that are searched for one by one, around where each is expected: a search of the whole frame finds more
    /// sooner.
    pub max_searched_around: usize,
    /// While there is no face, a search for far ones comes at least so often, seconds.
    pub far_secs: f64,
    /// While there are near faces, so often, seconds: others may stand behind. Seldom, for it costs several near searches.
    pub far_beside_near_secs: f64,
    /// Faces less high than this share of the frame's longer side need a search for far ones: of those,
    /// [`crate::BlazeDetector`]'s short-range network gives the sure ones alone.
    pub near_size: f32,
}

impl Default for TrackSettings {
    fn default() -> Self {
        Self {
            forget_secs: 1.0,
            pause_secs: 2.0,
            smoothing_secs: 0.3,
            label_margin: 0.1,
            sure_margin: 0.05,
            velocity_secs: 0.15,
            coast_secs: 0.5,
            reach: 0.5,
            reach_per_sec: 1.5,
            reach_most: 1.5,
            growth_most: 2.0,
            search_share: 0.5,
            free_search_ms: 4.0,
            search_secs: 0.25,
            max_searched_around: 4,
            far_secs: 1.0,
            far_beside_near_secs: 3.0,
            near_size: crate::blaze::NEAR_SIZE,
        }
    }
}
